/**
 * v2 challenges keep no state: an expiry, and a MAC of it with all that the challenge is for. Who brings one back signed
 * is reached where it was sent to, and so cannot be somebody who replays another's request.
 */
import { timingSafeEqual } from "node:crypto";
import type { UserName } from "../../protocol/v2/names.js";
import type { Purpose } from "../../protocol/v2/request.js";
import type { Ed25519Key } from "../../protocol/v2/terms.js";
import { foldName } from "../../store/identifiers.js";
import type { Route } from "../../store/rows.js";
import type { DecisionContext } from "../action.js";

/** What a challenge is good for. */
export interface ChallengeUse {
  readonly purpose: Purpose;
  readonly name: UserName;
  readonly key: Ed25519Key;
  /** Where it is sent to. */
  readonly origin: Route;
}

const EXPIRY_BYTES = 4;

/** A challenge: its expiry (u32, big endian, seconds since 1970) and 16 bytes of MAC. */
export function newChallenge(use: ChallengeUse, context: DecisionContext): Uint8Array {
  return sealed(use, Math.ceil((context.now + context.settings.challengeTtl) / 1000), context);
}

/** Is this a challenge for that use, and has it not expired? */
export function isChallengeFor(use: ChallengeUse, challenge: Uint8Array, context: DecisionContext): boolean {
  const bytes = Buffer.from(challenge);
  if (bytes.length < EXPIRY_BYTES) return false;
  const expiry = bytes.readUInt32BE();
  const expected = sealed(use, expiry, context);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected) && expiry * 1000 > context.now;
}

function sealed({ purpose, name, key, origin }: ChallengeUse, expiry: number, { mac }: DecisionContext): Buffer {
  const head = Buffer.alloc(EXPIRY_BYTES);
  head.writeUInt32BE(expiry);
  return Buffer.concat([head, mac("challenge", purpose, origin.client, origin.tag, foldName(name), key, expiry)]);
}
