/** One reply of every kind and result. */
import { createPublicKey } from "node:crypto";
import {
  LOGIN_RESULTS,
  loginReply,
  QUERY_RESULTS,
  REGISTRATION_RESULTS,
  registrationReply,
  SEND_RESULTS,
  sendReply,
} from "../../src/protocol/v1/reply.js";
import type { Dialect, Reply } from "../../src/protocol/v1/reply.js";
import { nymchat } from "./v1-vectors.js";

/** alice's key as DER. */
export const aliceKey = new Uint8Array(createPublicKey(nymchat.alicePubPem).export({ type: "spki", format: "der" }));
/** bob's key as DER. */
export const bobKey = new Uint8Array(createPublicKey(nymchat.bobPubPem).export({ type: "spki", format: "der" }));

/** Every reply that there is in a dialect, each with the content that the long form gives it. */
export function everyReply(dialect: Dialect): (readonly [string, Reply])[] {
  const { nonce } = nymchat;
  const key = nymchat.alicePubPem.replaceAll("\n", "\\n");
  return [
    [`{"nonce": "${nonce}"}`, { dialect, kind: "challenge", purpose: "registration", nonce }],
    [`{"nonce": "${nonce}"}`, { dialect, kind: "challenge", purpose: "login", nonce }],
    ...REGISTRATION_RESULTS.map((result) => [result, registrationReply(dialect, result)] as const),
    ...LOGIN_RESULTS.map((result) => [result, loginReply(dialect, result)] as const),
    ...SEND_RESULTS.map((result) => [result, sendReply(dialect, result)] as const),
    ...QUERY_RESULTS.map((found) => [found, { dialect, kind: "queryResponse", found }] as const),
    [
      `{"username": "Alice-_1", "publicKey": "${key}"}`,
      { dialect, kind: "queryResponse", found: { name: "Alice-_1", key: aliceKey } },
    ],
    ...['{"sender": "alice", "body": {"z": "é",  "a":"\\ud800"}}', "{}"].map(
      (content) => [content, { dialect, kind: "incomingMessage", content }] as const,
    ),
  ];
}
