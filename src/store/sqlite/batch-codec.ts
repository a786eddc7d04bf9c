/**
 * Batches of decisions as one flat buffer, which goes to the writer's thread by transfer: a structured clone of the same
 * objects costs several times as much on both sides. `decode(encode(x))` equals `x`.
 */
import type { SenderTag } from "../../protocol/nym-client/sender-tag.js";
import type { Hour } from "../../util/time.js";
import type { Change, Outcome } from "../changes.js";
import { SETTLED } from "../changes.js";
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
  acknowledge: 7,
  rememberOutcome: 8,
  changeKey: 9,
  endRoute: 10,
  releaseUser: 11,
} as const satisfies Record<Change["kind"], number>;
const KINDS = new Map<number, Change["kind"]>(
  Object.entries(KIND_CODES).map(([kind, code]) => [code, kind as Change["kind"]]),
);
const ALGORITHM_CODES = { p256: 1, ed25519: 2 } as const satisfies Record<KeyAlgorithm, number>;
const BY_CODES = { rotation: 1, recovery: 2 } as const;
const STATUS_CODES = { applied: 1, conflict: 2, refused: 3, failed: 4 } as const satisfies Record<
  Outcome["status"],
  number
>;
const STATUSES = new Map<number, Outcome["status"]>(
  Object.entries(STATUS_CODES).map(([status, code]) => [code, status as Outcome["status"]]),
);
const BYTES_PER_DECISION = 512;
const NONE = { users: [], receipts: [] };

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

/** Encodes what became of a batch: for each decision a code, how many users it made, and their ids; receipts likewise. */
export function encodeOutcomes(outcomes: readonly Outcome[]): number[] {
  const numbers: number[] = [];
  for (const outcome of outcomes) {
    const { users, receipts } = outcome.status === "applied" ? outcome : NONE;
    numbers.push(STATUS_CODES[outcome.status], users.length, ...users, receipts.length, ...receipts);
  }
  return numbers;
}

/** Decodes what `encodeOutcomes` made. */
export function decodeOutcomes(numbers: readonly number[]): Outcome[] {
  const outcomes: Outcome[] = [];
  let next = 0;
  const take = (): number => numbers[next++] ?? 0;
  const takeUsers = (): UserId[] => Array.from({ length: take() }, () => take() as UserId);
  while (next < numbers.length) {
    const status = STATUSES.get(take()) ?? "failed";
    const users = takeUsers();
    const receipts = takeUsers();
    outcomes.push(status === "applied" ? { status, users, receipts } : { status });
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
      writeOptional(writer, change.recoveryKey);
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
      writeOptional(writer, change.outcome?.id);
      if (change.outcome !== undefined) writer.number(change.outcome.expires);
      writeOptional(writer, change.receipt?.id);
      if (change.receipt !== undefined) writer.number(change.receipt.to);
      return;
    case "eraseDeliveries":
      writer.number(change.recipient);
      writer.number(change.sequences.length);
      for (const sequence of change.sequences) writer.number(sequence);
      writer.byte(SETTLED[change.as]);
      return;
    case "acknowledge":
      writer.number(change.user);
      writer.number(change.keyVersion);
      writer.number(change.ranges.length);
      for (const { first, last } of change.ranges) {
        writer.number(first);
        writer.number(last);
      }
      return;
    case "rememberOutcome":
      writer.bytes(change.id);
      writer.bytes(change.digest);
      writer.number(change.code);
      writer.number(change.expires);
      return;
    case "changeKey":
      writer.number(change.user);
      writer.number(change.keyVersion);
      writer.bytes(change.key);
      writeOptional(writer, change.recoveryKey);
      writer.byte(BY_CODES[change.by]);
      writer.bytes(change.signature);
      writer.number(change.at);
      return;
    case "endRoute":
      writer.number(change.user);
      writer.number(change.keyVersion);
      return;
    case "releaseUser":
      writer.number(change.user);
      writer.number(change.keyVersion);
      writer.text(change.folded);
      writer.number(change.heldUntil);
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
        ...named("recoveryKey", readOptional(reader)),
        signature: reader.bytes(),
        created: readHour(reader),
        route: readRoute(reader),
        routeExpires: readHour(reader),
      };
    case "moveRoute":
    case "refreshRoute":
      return { kind, ...readOwner(reader), route: readRoute(reader), expires: readHour(reader) };
    case "rememberReplay":
      return { kind, digest: reader.bytes(), expires: readHour(reader) };
    case "storeMessage":
      return {
        kind,
        recipient: readUser(reader),
        origin: reader.bytes(),
        payload: reader.bytes(),
        expires: readHour(reader),
        ...named("outcome", readOutcome(reader)),
        ...named("receipt", readReceipt(reader)),
      };
    case "eraseDeliveries":
      return {
        kind,
        recipient: readUser(reader),
        sequences: listOf(reader, () => reader.number() as Sequence),
        as: reader.byte() === SETTLED.delivered ? "delivered" : "handedOver",
      };
    case "acknowledge":
      return {
        kind,
        ...readOwner(reader),
        ranges: listOf(reader, () => ({ first: reader.number(), last: reader.number() })),
      };
    case "rememberOutcome":
      return { kind, id: reader.bytes(), digest: reader.bytes(), code: reader.number(), expires: readHour(reader) };
    case "changeKey":
      return {
        kind,
        ...readOwner(reader),
        key: reader.bytes(),
        ...named("recoveryKey", readOptional(reader)),
        by: reader.byte() === BY_CODES.rotation ? "rotation" : "recovery",
        signature: reader.bytes(),
        at: readHour(reader),
      };
    case "endRoute":
      return { kind, ...readOwner(reader) };
    case "releaseUser":
      return { kind, ...readOwner(reader), folded: reader.text() as FoldedName, heldUntil: readHour(reader) };
    case undefined:
      throw new RangeError("not a batch of changes");
  }
}

function readHour(reader: ByteReader): Hour {
  return reader.number() as Hour;
}

function readUser(reader: ByteReader): UserId {
  return reader.number() as UserId;
}

function readOwner(reader: ByteReader): { user: UserId; keyVersion: number } {
  return { user: readUser(reader), keyVersion: reader.number() };
}

function readOutcome(reader: ByteReader): { id: Uint8Array; expires: Hour } | undefined {
  const id = readOptional(reader);
  return id && { id, expires: readHour(reader) };
}

function readReceipt(reader: ByteReader): { to: UserId; id: Uint8Array } | undefined {
  const id = readOptional(reader);
  return id && { id, to: readUser(reader) };
}

/** A field, or none where there is no value. */
function named<Name extends string, T>(name: Name, value: T | undefined): Partial<Record<Name, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, T>);
}

function writeOptional(writer: ByteWriter, bytes: Uint8Array | undefined): void {
  writer.byte(bytes === undefined ? 0 : 1);
  if (bytes !== undefined) writer.bytes(bytes);
}

function readOptional(reader: ByteReader): Uint8Array | undefined {
  return reader.byte() === 0 ? undefined : reader.bytes();
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
