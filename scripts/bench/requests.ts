/** The requests of a NymCHAT client, byte for byte as Python's json.dumps writes them. */
import { randomBytes } from "node:crypto";
import { signText, type BenchUser, type Keys } from "./users.js";

/** Bytes of a `send` as a NymCHAT client writes it: one kilobyte. */
const SEND_BYTES = 1024;

/** `{"action": "query", ..}` */
export function queryRequest(name: string): string {
  return `{"action": "query", "username": "${name}"}`;
}

/** `{"action": "register", ..}` */
export function registerRequest(name: string, keys: Keys): string {
  return `{"action": "register", "usernym": "${name}", "publicKey": ${JSON.stringify(keys.publicPem)}}`;
}

/** `{"action": "login", ..}` */
export function loginRequest(name: string): string {
  return `{"action": "login", "usernym": "${name}"}`;
}

/** The answer to a challenge: its nonce, signed. */
export function challengeAnswer(
  action: "registrationResponse" | "loginResponse",
  name: string,
  nonce: string,
  keys: Keys,
): string {
  return `{"action": "${action}", "username": "${name}", "signature": "${signText(nonce, keys)}"}`;
}

/** A signed `send` of one kilobyte, different each time. */
export function sendRequest(sender: BenchUser, recipient: BenchUser): string {
  const head = `{"sender": "${sender.name}", "recipient": "${recipient.name}", "body": {"encryptedPayload": {"ciphertext": "`;
  const tail = `"}}, "encrypted": true}`;
  const around = `{"action": "send", "content": "", "signature": "${"0".repeat(142)}"}`.length;
  const escapes = (head + tail).split('"').length - 1;
  const filling = SEND_BYTES - around - head.length - tail.length - escapes;
  const content =
    head +
    randomBytes(Math.ceil(filling / 2))
      .toString("hex")
      .slice(0, filling) +
    tail;
  return `{"action": "send", "content": ${JSON.stringify(content)}, "signature": "${signText(content, sender.keys)}"}`;
}
