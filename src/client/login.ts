/** Proves to the directory that a name is ours, so that its messages come to us here. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { encodeRequest } from "../protocol/v1/encode.js";
import type { LoginResult, Reply } from "../protocol/v1/reply.js";
import { ClientError, type ClientErrorCode } from "./errors.js";
import type { Exchange, Judgement } from "./exchange.js";
import { type KeyPair, signText } from "../protocol/v1/key-pair.js";

/** Who wants in, and where. */
export interface Identity {
  readonly name: string;
  readonly keys: KeyPair;
}

const CODES: Readonly<Record<Exclude<LoginResult, "success">, ClientErrorCode>> = {
  "error: missing username": "invalidName",
  "error: user not found": "noSuchUser",
  "error: no pending login for sender": "refused",
  "error: invalid signature": "badSignature",
  "error: database failure": "directoryFailure",
};

/** Logs in: one challenge and its answer. Rejects with a `ClientError`; `refused` and `directoryFailure` may pass. */
export function login(exchange: Exchange, to: NymAddress, { name, keys }: Identity): Promise<void> {
  const subject = name.toLowerCase();
  return exchange.exclusively(async () => {
    const offer = await exchange.ask({
      action: "login",
      to,
      subject,
      need: "answer",
      message: encodeRequest({ action: "login", name }, "long"),
      judge: judgeOffer,
    });
    if ("result" in offer) {
      accept(offer.result);
      return;
    }
    const signature = await signText(offer.nonce, keys);
    const result = await exchange.ask({
      action: "loginResponse",
      to,
      subject,
      need: "mailbox",
      message: encodeRequest({ action: "loginResponse", name, signature }, "long"),
      judge: judgeResult,
    });
    accept(result);
  });
}

function accept(result: LoginResult): void {
  if (result !== "success") throw new ClientError(CODES[result]);
}

function judgeOffer(reply: Reply): Judgement<{ nonce: string } | { result: LoginResult }> | undefined {
  if (reply.kind === "challenge" && reply.purpose === "login") return { answer: { nonce: reply.nonce } };
  const refusal = judgeResult(reply);
  // A success answers an earlier response; nobody has signed anything in this conversation yet.
  return refusal === undefined || refusal.answer === "success"
    ? undefined
    : { answer: { result: refusal.answer }, claim: refusal.answer };
}

function judgeResult(reply: Reply): Judgement<LoginResult> | undefined {
  if (reply.kind !== "challengeResponse" || reply.purpose !== "login") return undefined;
  return { answer: reply.result, claim: reply.result };
}
