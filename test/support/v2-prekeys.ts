/** Prekeys as their owner makes them, with keys that are the same in each run. */
import { createHash } from "node:crypto";
import { type Prekey, prekeysText, type SignedPrekey, type SignedPrekeyKind } from "../../src/protocol/v2/prekeys.js";
import type { Answers } from "../../src/protocol/v2/reply.js";
import type { Bodies } from "../../src/protocol/v2/request.js";
import { prekeyText } from "../../src/protocol/v2/signed-texts.js";
import { directory } from "./actions.js";

/** Whose prekeys they are. */
export interface PrekeyMaker {
  readonly name: string;
  readonly key: { readonly sign: (text: Uint8Array) => Uint8Array };
  readonly keyVersion: number;
}

/** What is to be published, by ids. */
export interface Publication {
  readonly signed?: number;
  readonly lastResort?: number;
  readonly oneTime?: readonly number[];
  readonly replace?: boolean;
}

/** One's one-time prekey of that id. */
export function oneTimePrekey(name: string, id: number): Prekey {
  return { id, key: keyOf(`${name.toLowerCase()} one-time ${id}`) };
}

/** One's prekey of that kind and id, with its signature. */
export function signedPrekey(
  { name, key, keyVersion }: PrekeyMaker,
  kind: SignedPrekeyKind,
  id: number,
  identity: Uint8Array = directory.identity,
): SignedPrekey {
  const prekey = { id, key: keyOf(`${name.toLowerCase()} ${kind} ${id}`) };
  const text = prekeyText({ directory: identity, name, keyVersion }, kind, prekey);
  return { ...prekey, signature: Uint8Array.from(key.sign(text)) };
}

/** The body of a `publish`. */
export function publicationOf(
  maker: PrekeyMaker,
  { signed, lastResort, oneTime = [], replace = false }: Publication,
  identity: Uint8Array = directory.identity,
): Bodies["publish"] {
  return {
    ...(signed !== undefined && { signed: signedPrekey(maker, "signed", signed, identity) }),
    ...(lastResort !== undefined && { lastResort: signedPrekey(maker, "lastResort", lastResort, identity) }),
    oneTime: oneTime.map((id) => oneTimePrekey(maker.name, id)),
    replace,
  };
}

/** The digest that their owner expects of what is published. */
export function digestOf(maker: PrekeyMaker, { signed, lastResort, oneTime = [] }: Publication): Uint8Array {
  const text = prekeysText({
    signed: signed === undefined ? undefined : signedPrekey(maker, "signed", signed),
    lastResort: lastResort === undefined ? undefined : signedPrekey(maker, "lastResort", lastResort),
    oneTime: oneTime.map((id) => oneTimePrekey(maker.name, id)),
  });
  return Uint8Array.from(createHash("sha256").update(text).digest());
}

/** What a `take` was answered, in short: the id of the one-time prekey, or that it was the last resort, or the refusal. */
export function takenIn(reply: {
  readonly result: string;
  readonly action?: string | undefined;
  readonly answer?: unknown;
}): number | string {
  if (reply.result !== "ok" || reply.action !== "take") return reply.result;
  const { oneTime, lastResort } = reply.answer as Answers["take"];
  return oneTime?.id ?? (lastResort === undefined ? "nothing" : "last resort");
}

function keyOf(label: string): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(label).digest());
}
