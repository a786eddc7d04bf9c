/**
 * The floor of the work: what "just Node" does for a v1 request, with nothing around it. Look-ups are parsed and their
 * replies signed; what a directory commits is verified, committed durably (what arrived together in one transaction) and
 * its reply signed after that.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import type { FloorDatabase } from "./floor-database.js";
import type { FloorServer } from "./floor-server.js";

interface FloorUser {
  readonly pem: string;
  readonly key: KeyObject;
  tag: Buffer;
}

/** A server of v1 that does the least. */
export function bareServer(database: FloorDatabase): FloorServer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const users = new Map<string, FloorUser>();
  const challenges = new Map<string, { readonly name: string; readonly nonce: string; readonly pem: string }>();
  const waiting: { readonly write: () => void; readonly then: () => void }[] = [];

  function signed(action: string, content: string, context: string): string {
    const signature = sign("sha256", Buffer.from(content), privateKey).toString("hex");
    return JSON.stringify({ action, content, context, signature });
  }

  function committed(write: () => void, then: () => void): void {
    if (waiting.push({ write, then }) === 1) setImmediate(commitWaiting);
  }

  function commitWaiting(): void {
    const batch = waiting.splice(0);
    database.commit(batch.map(({ write }) => write));
    for (const { then } of batch) then();
  }

  function challenge(tag: Buffer, name: string, pem: string, context: string): string {
    const nonce = randomBytes(16).toString("hex");
    challenges.set(tag.toString("hex"), { name, nonce, pem });
    return signed("challenge", `{"nonce": "${nonce}"}`, context);
  }

  return (tag, message, reply) => {
    const request = JSON.parse(message.toString()) as Record<string, string>;
    const text = (field: string): string => request[field] ?? "";
    const user = users.get(text("username"));
    switch (text("action")) {
      case "query": {
        const row = user && JSON.stringify({ username: text("username"), publicKey: user.pem });
        reply(tag, signed("queryResponse", row ?? "No user found", "query"));
        break;
      }
      case "register":
        reply(tag, challenge(tag, text("usernym"), text("publicKey"), "registration"));
        break;
      case "login":
        reply(tag, challenge(tag, text("usernym"), users.get(text("usernym"))?.pem ?? "", "login"));
        break;
      case "registrationResponse":
      case "loginResponse": {
        const pending = challenges.get(tag.toString("hex"));
        if (pending === undefined) break;
        challenges.delete(tag.toString("hex"));
        const known = users.get(pending.name);
        const context = known === undefined ? "registration" : "login";
        const key = known?.key ?? createPublicKey(pending.pem);
        if (!verify("sha256", Buffer.from(pending.nonce), key, Buffer.from(text("signature"), "hex"))) break;
        const route = Buffer.from(tag);
        const write = (): void =>
          known === undefined ? database.user(pending.name, pending.pem, route) : database.route(pending.name, route);
        committed(write, () => {
          users.set(pending.name, { pem: pending.pem, key, tag: route });
          reply(route, signed("challengeResponse", "success", context));
        });
        break;
      }
      case "send": {
        const content = JSON.parse(text("content")) as { sender: string; recipient: string; body: unknown };
        const sender = users.get(content.sender);
        const recipient = users.get(content.recipient);
        const proof = Buffer.from(text("signature"), "hex");
        if (!sender || !recipient || !verify("sha256", Buffer.from(text("content")), sender.key, proof)) break;
        const forwarded = JSON.stringify({ sender: content.sender, body: content.body });
        const origin = Buffer.from(tag);
        committed(
          () => database.message(forwarded),
          () => {
            reply(origin, signed("sendResponse", "success", "chat"));
            reply(recipient.tag, signed("incomingMessage", forwarded, "chat"));
          },
        );
        break;
      }
    }
  };
}
