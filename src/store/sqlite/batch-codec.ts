/**
 * Batches of decisions as one flat buffer, which goes to the writer's thread by transfer: a structured clone of the same
 * objects costs several times as much on both sides. `decode(encode(x))` equals `x`.
 */
import type { SenderTag } from "../../protocol/nym-client/sender-tag.js";
import type { Hour } from "../../util/time.js";
import type { Change, Outcome } from "../changes.js";
import type { FoldedName, KeyAlgorithm, Route, Sequence, UserId } from "../rows.js";
import { ByteReader, ByteWriter } from "./byte-buffer.js";

/** The changes of one decision. */
export type DecisionChanges = readonly Change[];

const KIND_CODES = {
  insertUser: 1,
  moveRoute: 2,
  refreshRoute: 3,
  rememberReplay: 4,
  storeMessage: 5,
  eraseDeliveries: 6,
} as const satisfies Record<Change["kind"], number>;
const KINDS = new Map<number, Change["kind"]>(
  Object.entries(KIND_CODES).map(([kind, code]) => [code, kind as Change["kind"]]),
);
const ALGORITHM_CODES = { p256: 1, ed25519: 2 } as const satisfies Record<KeyAlgorithm, number>;
const STATUS_CODES = { applied: 1, conflict: 2, refused: 3, failed: 4 } as const satisfies Record<
  Outcome["status"],
  number
>;
const STATUSES = new Map<number, Outcome["status"]>(
  Object.entries(STATUS_CODES).map(([status, code]) => [code, status as Outcome["status"]]),
);
const BYTES_PER_DECISION = 512;

/** Encodes a batch, in order. */
export function encodeBatch(decisions: readonly DecisionChanges[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(decisions.length * BYTES_PER_DECISION);
  writer.number(decisions.length);
  for (const changes of decisions) {
    writer.number(changes.length);
    for (const change of changes) writeChange(writer, change);
  }
  return writer.finish();
}

/** Decodes what `encodeBatch` made. */
export function decodeBatch(bytes: Uint8Array): DecisionChanges[] {
  const reader = new ByteReader(bytes);
  return listOf(reader, () => listOf(reader, () => readChange(reader)));
}

/** Encodes what became of a batch: for each decision a code, how many users it made, and their ids. */
export function encodeOutcomes(outcomes: readonly Outcome[]): number[] {
  const numbers: number[] = [];
  for (const outcome of outcomes) {
    const users = outcome.status === "applied" ? outcome.users : [];
    numbers.push(STATUS_CODES[outcome.status], users.length, ...users);
  }
  return numbers;
}

/** Decodes what `encodeOutcomes` made. */
export function decodeOutcomes(numbers: readonly number[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let next = 0; next < numbers.length;) {
    const [code = 0, count = 0] = numbers.slice(next, next + 2);
    const users = numbers.slice(next + 2, next + 2 + count) as UserId[];
    const status = STATUSES.get(code) ?? "failed";
    outcomes.push(status === "applied" ? { status, users } : { status });
    next += 2 + count;
  }
  return outcomes;
}

function writeChange(writer: ByteWriter, change: Change): void {
  writer.byte(KIND_CODES[change.kind]);
  switch (change.kind) {
    case "insertUser":
      writer.text(change.name);
      writer.text(change.folded);
      writer.byte(ALGORITHM_CODES[change.algorithm]);
      writer.bytes(change.key);
      writer.bytes(change.signature);
      writer.number(change.created);
      writeRoute(writer, change.route);
      writer.number(change.routeExpires);
      return;
    case "moveRoute":
    case "refreshRoute":
      writer.number(change.user);
      writer.number(change.keyVersion);
      writeRoute(writer, change.route);
      writer.number(change.expires);
      return;
    case "rememberReplay":
      writer.bytes(change.digest);
      writer.number(change.expires);
      return;
    case "storeMessage":
      writer.number(change.recipient);
      writer.bytes(change.origin);
      writer.bytes(change.payload);
      writer.number(change.expires);
      return;
    case "eraseDeliveries":
      writer.number(change.recipient);
      writer.number(change.sequences.length);
      for (const sequence of change.sequences) writer.number(sequence);
  }
}

function readChange(reader: ByteReader): Change {
  const kind = KINDS.get(reader.byte());
  switch (kind) {
    case "insertUser":
      return {
        kind,
        name: reader.text(),
        folded: reader.text() as FoldedName,
        algorithm: reader.byte() === ALGORITHM_CODES.p256 ? "p256" : "ed25519",
        key: reader.bytes(),
        signature: reader.bytes(),
        created: reader.number() as Hour,
        route: readRoute(reader),
        routeExpires: reader.number() as Hour,
      };
    case "moveRoute":
    case "refreshRoute":
      return {
        kind,
        user: reader.number() as UserId,
        keyVersion: reader.number(),
        route: readRoute(reader),
        expires: reader.number() as Hour,
      };
    case "rememberReplay":
      return { kind, digest: reader.bytes(), expires: reader.number() as Hour };
    case "storeMessage":
      return {
        kind,
        recipient: reader.number() as UserId,
        origin: reader.bytes(),
        payload: reader.bytes(),
        expires: reader.number() as Hour,
      };
    case "eraseDeliveries":
      return {
        kind,
        recipient: reader.number() as UserId,
        sequences: listOf(reader, () => reader.number() as Sequence),
      };
    case undefined:
      throw new RangeError("not a batch of changes");
  }
}

function writeRoute(writer: ByteWriter, route: Route): void {
  writer.text(route.client);
  writer.number(route.incarnation);
  writer.hex(route.tag);
}

function readRoute(reader: ByteReader): Route {
  return { client: reader.text(), incarnation: reader.number(), tag: reader.hex() as SenderTag };
}

function listOf<T>(reader: ByteReader, read: () => T): T[] {
  return Array.from({ length: reader.number() }, read);
}
