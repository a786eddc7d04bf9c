/** The floor of the transport: replies of the right sizes, made once, chosen by the action's name alone. */
import type { FloorServer } from "./floor-server.js";

const SIGNATURE = "30".repeat(71);
const ACTION_OFFSET = '{"action": "'.length;

/** A server that echoes sizes. */
export function echoServer(): FloorServer {
  const success = (action: string, context: string): string => reply(action, "success", context);
  const challenge = (context: string): string =>
    reply("challenge", JSON.stringify({ nonce: "0".repeat(32) }).replace(":", ": "), context);
  const row = `{"username": "user-1", "publicKey": ${JSON.stringify(`BEGIN PUBLIC KEY${"x".repeat(165)}`)}}`;
  const missing = reply("queryResponse", "No user found", "query");
  const found = reply("queryResponse", row, "query");
  const replies: Readonly<Record<string, string>> = {
    register: challenge("registration"),
    registrationResponse: success("challengeResponse", "registration"),
    login: challenge("login"),
    loginResponse: success("challengeResponse", "login"),
    send: success("sendResponse", "chat"),
  };
  const forwarded = reply("incomingMessage", "x".repeat(850), "chat");
  return (tag, message, send) => {
    const action = message.toString("latin1", ACTION_OFFSET, message.indexOf('"', ACTION_OFFSET));
    send(tag, replies[action] ?? (message.includes("nobody") ? missing : found));
    if (action === "send") send(tag, forwarded);
  };
}

function reply(action: string, content: string, context: string): string {
  return `{"action": "${action}", "content": ${JSON.stringify(content)}, "context": "${context}", "signature": "${SIGNATURE}"}`;
}
