/** What the store asks of the thread that writes, and what it answers. */
import type { Hour } from "../../util/time.js";
import type { MailboxQuota, Swept } from "../store.js";
import type { StoreErrorCode } from "./errors.js";
import type { BatchResult } from "./run-batch.js";

/** What the thread is started with. */
export interface WriterData {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly maxBytes: number | undefined;
  readonly quota: MailboxQuota | undefined;
}

/** The calls: what each takes and what it gives back. */
export interface WriterCalls {
  /** One transaction; `batch` and the outcomes as in `batch-codec.ts`. `fault`: why there are `failed` ones. */
  readonly commit: {
    readonly request: { readonly batch: Uint8Array; readonly hour: Hour };
    readonly result: { readonly outcomes: readonly number[]; readonly fault: BatchResult["fault"] };
  };
  /** One step: at most `limit` rows. */
  readonly sweep: { readonly request: { readonly hour: Hour; readonly limit: number }; readonly result: Swept };
  /** One attempt; whether the log is empty now. */
  readonly truncate: { readonly request: object; readonly result: boolean };
  /** Closes the database; the thread ends. */
  readonly close: { readonly request: object; readonly result: undefined };
}

/** The name of a call. */
export type WriterCall = keyof WriterCalls;

/** A call on its way, as a union that a switch over `call` narrows. */
export type WriterRequest = {
  [C in WriterCall]: { readonly id: number; readonly call: C; readonly request: WriterCalls[C]["request"] };
}[WriterCall];

/** An answer. The first one has the id 0 and says whether the database could be opened. */
export type WriterReply =
  | { readonly id: number; readonly result: WriterCalls[WriterCall]["result"] }
  | { readonly id: number; readonly failure: StoreErrorCode };
