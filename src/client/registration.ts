/**
 * Takes a name for a key. Whatever is lost on the way, the outcome is true: who finds the name taken after having signed
 * for it logs in to see whether it was not their own registration that took it.
 */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { encodeRequest } from "../protocol/v1/encode.js";
import type { RegistrationResult, Reply } from "../protocol/v1/reply.js";
import type { Desk } from "./desk.js";
import { ClientError, type ClientErrorCode } from "./errors.js";
import type { Judgement } from "./exchange.js";
import { signText } from "../protocol/v1/key-pair.js";
import { sameKey } from "./keys.js";
import { type Identity, login } from "./login.js";
import { lookup } from "./lookup.js";

const CODES: Readonly<Record<Exclude<RegistrationResult, "success">, ClientErrorCode>> = {
  "error: missing username or public key": "refused",
  "error: invalid username format": "invalidName",
  "error: username already in use": "nameTaken",
  "error: no pending registration for sender": "refused",
  "error: signature verification failed": "refused",
  "error: database failure": "directoryFailure",
};

/** Registers: one challenge and its answer. Rejects with a `ClientError`; `refused` and `directoryFailure` may pass. */
export function register(desk: Desk, to: NymAddress, identity: Identity): Promise<void> {
  const { name, keys } = identity;
  const { registration } = desk;
  const subject = name.toLowerCase();
  return registration.exclusively(async () => {
    const offer = await registration.ask({
      action: "register",
      to,
      subject,
      need: "answer",
      message: encodeRequest({ action: "register", name, key: keys.publicKey }, "long"),
      judge: judgeOffer,
    });
    if ("result" in offer) {
      if (CODES[offer.result] === "nameTaken" && (await isOurs(desk, to, identity))) return;
      throw new ClientError(CODES[offer.result]);
    }
    const signature = await signText(offer.nonce, keys);
    const result = await registration.ask({
      action: "registrationResponse",
      to,
      subject,
      need: "answerAndPushes",
      message: encodeRequest({ action: "registrationResponse", name, signature }, "long"),
      judge: judgeResult,
    });
    if (result === "success") return;
    const code = CODES[result];
    const settled = code === "nameTaken" || result === "error: no pending registration for sender";
    if (!settled || !(await logsIn(desk, to, identity))) throw new ClientError(code);
  });
}

/** Does the directory bind the name to this key? Then we are logged in as well. */
async function isOurs(desk: Desk, to: NymAddress, identity: Identity): Promise<boolean> {
  const entry = await lookup(desk.query, identity.name, { to, need: "answer" });
  if (entry === undefined || !sameKey(entry.publicKey, identity.keys.publicKey)) return false;
  return logsIn(desk, to, identity);
}

/** Is the name registered with this key? False: it is not registered at all. Rejects with `nameTaken`: it is another's. */
async function logsIn(desk: Desk, to: NymAddress, identity: Identity): Promise<boolean> {
  try {
    await login(desk.login, to, identity);
    return true;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "noSuchUser") return false;
    throw error.code === "badSignature" ? new ClientError("nameTaken") : error;
  }
}

type Refusal = Exclude<RegistrationResult, "success">;

function judgeOffer(reply: Reply): Judgement<{ nonce: string } | { result: Refusal }> | undefined {
  if (reply.kind === "challenge" && reply.purpose === "registration") return { answer: { nonce: reply.nonce } };
  const refusal = judgeResult(reply);
  // A success answers an earlier response; nobody has signed anything in this conversation yet.
  return refusal === undefined || refusal.answer === "success"
    ? undefined
    : { answer: { result: refusal.answer }, claim: refusal.answer };
}

function judgeResult(reply: Reply): Judgement<RegistrationResult> | undefined {
  if (reply.kind !== "challengeResponse" || reply.purpose !== "registration") return undefined;
  return { answer: reply.result, claim: reply.result };
}
