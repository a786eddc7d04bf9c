/**
 * The v1 directory as one synchronous function over maps: decoder and actions are the real ones, the rest is the simplest
 * that can hold rows and apply changes. What the actions mean together is tested on it.
 */
import { createPublicKey, verify } from "node:crypto";
import type { Action, Decision, Loaded, Parsed, Verified } from "../../src/actions/action.js";
import type { Challenge } from "../../src/actions/challenge.js";
import type { Proof } from "../../src/actions/proof.js";
import { V1_ACTIONS } from "../../src/actions/v1/actions.js";
import { decodeV1Request } from "../../src/protocol/v1/decode.js";
import type { DropReason } from "../../src/protocol/v1/decoded.js";
import { decodePayload } from "../../src/protocol/v1/incoming.js";
import type { Reply } from "../../src/protocol/v1/reply.js";
import type { UnsupportedReply } from "../../src/protocol/v1/unsupported.js";
import type { V1Action } from "../../src/protocol/v1/request.js";
import type { Change } from "../../src/store/changes.js";
import type { Reads, Route, RowKey, User } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import { context, routeOf } from "./actions.js";

/** What the directory does because of one message: replies with the tags that they go to. */
export type Outcome =
  | {
      readonly replies: readonly { readonly tag: string; readonly reply: Reply | UnsupportedReply }[];
      readonly drop?: never;
    }
  | { readonly drop: DropReason; readonly replies?: never };

interface Rows {
  readonly users: Map<string, User>;
  readonly routes: Map<UserId, Route>;
  readonly replays: Set<string>;
  readonly challenges: Map<string, Challenge>;
}

/** A directory without users. `rows` may be looked at. */
export function createModel(): {
  readonly receive: (tag: string, message: Uint8Array) => Outcome;
  readonly rows: Rows;
} {
  const rows: Rows = { users: new Map(), routes: new Map(), replays: new Set(), challenges: new Map() };

  function receive(tag: string, message: Uint8Array): Outcome {
    const decoded = decodeV1Request(message, { maxBytes: 65_536, maxDepth: 32 });
    if (decoded.drop !== undefined) return decoded;
    if (decoded.reply !== undefined) return { replies: [{ tag, reply: decoded.reply }] };
    const { action, dialect, body } = decoded.ok;
    const { reply, changes, challenge } = decide(action, { dialect, body, origin: routeOf(tag), credit: 10 }, rows);
    const offered = changes.flatMap((change) => apply(change, rows));
    if (challenge !== undefined && "issue" in challenge)
      rows.challenges.set(`${challenge.issue.purpose} ${tag}`, challenge.issue);
    if (challenge !== undefined && "drop" in challenge) rows.challenges.delete(`${challenge.drop} ${tag}`);
    return { replies: [...offered, ...(reply === undefined ? [] : [{ tag, reply: reply as Reply }])] };
  }
  return { receive, rows };
}

function decide(name: V1Action, request: Parsed<unknown>, rows: Rows): Decision {
  const action = V1_ACTIONS[name] as Action<unknown>;
  const challenge = action.challenge && rows.challenges.get(`${action.challenge} ${request.origin.tag}`);
  const first = { ...load(action.reads(request, challenge), rows), challenge } as Loaded<Reads>;
  const next = action.readsNext?.(request, first, context) ?? {};
  const loaded = { ...first, ...load(next, rows) } as Loaded<Reads>;
  const proof = action.proof(request, loaded, context);
  if (!holds(proof)) return action.unproven(request, loaded);
  const keyVersion = proof.kind === "signature" ? proof.keyVersion : 0;
  const verified: Verified<unknown> = { ...request, keyVersion, keysAcceptable: true, __verified: true };
  return action.decide(verified, loaded, context);
}

function holds(proof: Proof): boolean {
  if (proof.kind !== "signature") return proof.kind === "none";
  const key = createPublicKey({ key: Buffer.from(proof.key), type: "spki", format: "der" });
  return proof.signature !== undefined && verify("sha256", proof.message, key, proof.signature);
}

function load(reads: Reads, rows: Rows): Record<string, unknown> {
  return Object.fromEntries(Object.entries(reads).map(([name, key]) => [name, find(key, rows)]));
}

function find(key: RowKey, { users, replays }: Rows): unknown {
  switch (key.table) {
    case "userByName":
      return users.get(key.name);
    case "userById":
      return [...users.values()].find(({ id }) => id === key.id);
    case "replay":
      return replays.has(Buffer.from(key.digest).toString("hex")) ? true : undefined;
    case "consent":
    case "heldName":
    case "registrationsStopped":
      return undefined;
    default:
      throw new Error(`no action of v1 reads ${key.table}`);
  }
}

/** Applies a change; returns the messages that are offered because of it. */
function apply(change: Change, { users, routes, replays }: Rows): { readonly tag: string; readonly reply: Reply }[] {
  switch (change.kind) {
    case "insertUser": {
      const id = (users.size + 1) as UserId;
      const { name, folded, algorithm, key, route } = change;
      users.set(folded, { id, name, algorithm, key, keyVersion: 1, recoveryKey: undefined });
      routes.set(id, route);
      return [];
    }
    case "moveRoute":
      routes.set(change.user, change.route);
      return [];
    case "rememberReplay":
      replays.add(Buffer.from(change.digest).toString("hex"));
      return [];
    case "storeMessage": {
      const tag = routes.get(change.recipient)?.tag;
      const message = decodePayload(change.payload);
      if (tag === undefined || message === undefined) throw new Error("stored what cannot be offered");
      return [{ tag, reply: { kind: "incomingMessage", ...message } }];
    }
    case "refreshRoute":
      return [];
    default:
      throw new Error(`no action of v1 decides to ${change.kind}`);
  }
}
