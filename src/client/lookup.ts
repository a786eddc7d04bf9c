/** Asks who is registered under a name. */
import type { NymAddress } from "../protocol/nym-client/address.js";
import { encodeRequest } from "../protocol/v1/encode.js";
import { isP256Key } from "../protocol/v1/keys.js";
import type { Reply } from "../protocol/v1/reply.js";
import { ClientError } from "./errors.js";
import type { Exchange, Judgement } from "./exchange.js";
import type { SurbNeed } from "./surbs.js";

/** What the directory says about a name. */
export interface DirectoryEntry {
  /** As its owner wrote it. */
  readonly name: string;
  /** DER SubjectPublicKeyInfo of a P-256 key. */
  readonly publicKey: Uint8Array;
}

/** Where and how to ask. */
export interface LookupRoute {
  readonly to: NymAddress;
  readonly need: SurbNeed;
}

/** The user of that name, whatever its case; `undefined` when there is none. Rejects with a `ClientError`. */
export function lookup(
  exchange: Exchange,
  name: string,
  { to, need }: LookupRoute,
): Promise<DirectoryEntry | undefined> {
  const subject = name.toLowerCase();
  return exchange.exclusively(async () => {
    const { found } = await exchange.ask({
      action: "query",
      to,
      need,
      subject,
      message: encodeRequest({ action: "query", name }, "long"),
      judge: (reply) => judge(reply, subject),
    });
    if (found === undefined) return undefined;
    if (!isP256Key(found.key)) throw new ClientError("badDirectoryKey");
    return { name: found.name, publicKey: found.key };
  });
}

interface Answer {
  readonly found: { readonly name: string; readonly key: Uint8Array } | undefined;
}

/** An entry names whom it is about; "No user found" does not. */
function judge(reply: Reply, subject: string): Judgement<Answer> | undefined {
  if (reply.kind !== "queryResponse") return undefined;
  const { found } = reply;
  if (typeof found === "string") return { answer: { found: undefined }, claim: found };
  return found.name.toLowerCase() === subject ? { answer: { found } } : undefined;
}
