/** The answers to requests, action by action, and what a look-up states: `docs/protocol.md`, section 8. */
import { challenge, key, MAX_IDS, signature } from "./bodies.js";
import type { Cbor } from "./cbor.js";
import { GROUP_ANSWERS } from "./group-bodies.js";
import type { SignedGroupStatement } from "./groups.js";
import { CONTACT_ANSWERS } from "./contacts.js";
import { FINAL_STATES, page } from "./items.js";
import { KEY_LOG_ANSWERS } from "./key-log.js";
import { PREKEY_ANSWERS } from "./prekeys.js";
import { HISTORY_ANSWERS } from "./history.js";
import type { AccountStatus, Answers, Info, Statement } from "./reply.js";
import type { V2Action } from "./request.js";
import type { Nothing } from "./terms.js";
import { bool, bytes, list, name, orUndefined, record, required, type Shape, tuple, uint, word } from "./shapes.js";
import { P256_DER_BYTES, statedUser } from "./stated-user.js";

/** Bytes of a Nym address: three keys. */
const ADDRESS_BYTES = 96;

const number = uint();
const empty = record<Nothing>({});
const keyVersion = record<{ readonly keyVersion: number }>({ keyVersion: required(0, number) });
const challenged = record<{ readonly challenge: Uint8Array }>({ challenge: required(0, challenge) });

/** A statement with the identity key's signature of it (`statementText`). */
export type SignedStatement = Statement & { readonly signature: Uint8Array };
const lookup = record<SignedStatement>({
  name: required(0, name),
  hour: required(1, number),
  user: required(2, statedUser),
  signature: required(3, signature),
});

const counts = tuple<AccountStatus["waiting"]>({ messages: number, bytes: number });

/** What is answered, as it travels: with a signature where there is one. */
export type SentAnswers = Omit<Answers, "lookup" | "group"> & {
  readonly lookup: SignedStatement;
  readonly group: SignedGroupStatement;
};

/** How each answer is written and read. */
export const ANSWERS: { readonly [A in V2Action]: Shape<SentAnswers[A]> } = {
  info: record<Info>({
    identity: required(0, key),
    replyKey: required(1, tuple<Info["replyKey"]>({ key: bytes(P256_DER_BYTES), signature })),
    addresses: required(2, tuple<Info["addresses"]>({ list: list(bytes(ADDRESS_BYTES)), signature })),
    versions: required(3, list(number, 1)),
    epoch: required(4, number),
    time: required(5, number),
    limits: required(
      6,
      tuple<Info["limits"]>({ window: number, outcomes: number, challenge: number, maxBody: number, maxHours: number }),
    ),
  }),
  register: challenged,
  login: challenged,
  prove: keyVersion,
  logout: empty,
  lookup,
  rotate: keyVersion,
  recover: keyVersion,
  release: empty,
  send: empty,
  fetch: page,
  ack: empty,
  receipts: record<Answers["receipts"]>({
    states: required(0, list(word({ unknown: 0, stored: 1, ...FINAL_STATES }), 1, MAX_IDS)),
  }),
  status: record<AccountStatus>({
    keyVersion: required(0, number),
    routed: required(1, bool),
    waiting: required(2, counts),
    quota: required(3, counts),
    fullSince: orUndefined(4, number),
    lastSequence: required(5, number),
  }),
  ...GROUP_ANSWERS,
  ...CONTACT_ANSWERS,
  ...PREKEY_ANSWERS,
  ...HISTORY_ANSWERS,
  ...KEY_LOG_ANSWERS,
};

/** An answer as an item. */
export function encodeAnswer<A extends V2Action>(of: A, answer: SentAnswers[A]): Cbor {
  return ANSWERS[of].encode(answer);
}
