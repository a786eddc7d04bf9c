/**
 * Nym's own WASM client for Node, in the one build that this program was written for: what it needs to find in Node is put
 * there, and it is used only if its bytes are the pinned ones and a self-test of the senderTags succeeds.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import "fake-indexeddb/auto";
import { OperatorError } from "../../src/util/operator-error.js";
import { GatewaySocket } from "./gateway-socket.js";
import { selfTestSenderTags, TagLayoutError, type TagHandle, type TagModule } from "./sender-tag.js";

/** SHA-256 of the `.wasm` file in version 1.4.1 of the package. */
const PINNED_SHA256 = "5aedd721223fc932179f5daecf8f19702a94ddf77c917a82397c8d807f5a413e";
const PACKAGE = "@nymproject/nym-client-wasm-node";
const WASM_FILE = "nym_client_wasm_bg.wasm";

/** Options of the client, as far as they are used; times in milliseconds. */
export interface NymClientOptions {
  readonly clientId: string;
  readonly nymApiUrl?: string;
  readonly preferredGateway?: string;
  readonly forceTls: boolean;
  readonly clientOverride: ClientOverride;
}

/** Changes to the client's defaults. */
export interface ClientOverride {
  readonly traffic?: {
    readonly averagePacketDelayMs?: number;
    readonly messageSendingAverageDelayMs?: number;
    readonly disableMainPoissonPacketDistribution?: boolean;
  };
  readonly coverTraffic?: {
    readonly loopCoverTrafficAverageDelayMs?: number;
    readonly disableLoopCoverTrafficStream?: boolean;
  };
  readonly replySurbs?: { readonly minimumReplySurbStorageThreshold: number; readonly freshSenderTags: boolean };
}

/** A started client. What it returns besides the address says nothing. */
export interface NymClient {
  selfAddress(): string;
  send_regular_message(message: Uint8Array, recipient: string): Promise<unknown>;
  send_anonymous_message(message: Uint8Array, recipient: string, replySurbs: number): Promise<unknown>;
  send_reply(message: Uint8Array, senderTag: string): Promise<unknown>;
}

/** Is told of each message; `senderTag` is the callee's to free. */
export type OnMessage = (message: Uint8Array, senderTag: TagHandle | undefined) => void;

/** The package, with what it exports and does not document. Its constructor gives a promise. */
export interface NymModule extends TagModule {
  readonly NymClient: new (onMessage: OnMessage, options: NymClientOptions) => PromiseLike<NymClient>;
}

/** Loads the module. Throws an `OperatorError` unless it is the one that is known to work. */
export async function loadNymModule(): Promise<NymModule> {
  await checkPinned(fileURLToPath(new URL(WASM_FILE, import.meta.resolve(PACKAGE))));
  Object.assign(globalThis, { WebSocket: GatewaySocket });
  const module = (await import("@nymproject/nym-client-wasm-node")) as unknown as NymModule;
  checkTags(module);
  return module;
}

/** Throws an `OperatorError` unless the file at `path` has the pinned digest. */
export async function checkPinned(path: string): Promise<void> {
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  if (digest === PINNED_SHA256) return;
  throw new OperatorError("wasm-not-pinned", `${path} is not the build of ${PACKAGE} that this works with: run npm ci`);
}

/** Throws an `OperatorError` unless senderTags can be read out of the memory of `module`. */
export function checkTags(module: TagModule): void {
  try {
    selfTestSenderTags(module);
  } catch (error) {
    if (!(error instanceof TagLayoutError)) throw error;
    const message = `the senderTags of ${PACKAGE} cannot be read on this machine (${error.message})`;
    throw new OperatorError("wasm-tags", message, { cause: error });
  }
}
