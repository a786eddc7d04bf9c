/** v2 requests as a client makes them, with keys that are the same in each run. */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { Parsed, Verified } from "../../src/actions/action.js";
import { isAcceptableKey } from "../../src/protocol/v2/ed25519.js";
import { userName } from "../../src/protocol/v2/names.js";
import type { UserName } from "../../src/protocol/v2/names.js";
import type { Auth, Bodies, SignedAction, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import {
  possessionText,
  type RequestAudience,
  requestText,
  successionText,
  type Unsigned,
} from "../../src/protocol/v2/signed-texts.js";
import { foldName } from "../../src/store/identifiers.js";
import type { User } from "../../src/store/rows.js";
import type { UserId } from "../../src/store/identifiers.js";
import { context, directory, NOW, origin } from "./actions.js";

/** An Ed25519 key pair. */
export interface TestKey {
  /** 32 bytes. */
  readonly raw: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly der: Uint8Array;
  readonly sign: (text: Uint8Array) => Uint8Array;
}

/** Stands for the signature of a succession until it is known who signs the request. */
const NOT_YET_SIGNED = new Uint8Array(64);

/** DER of a PKCS #8 Ed25519 key before its 32 bytes of seed (RFC 8410). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key of that label, always the same. */
export function testKey(label: string): TestKey {
  const seed = createHash("sha256").update(label).digest();
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  const der = createPublicKey(secret).export({ format: "der", type: "spki" });
  return {
    raw: Uint8Array.from(der.subarray(-32)),
    der: Uint8Array.from(der),
    sign: (text) => sign(null, text, secret),
  };
}

/** The name; fails when it is none. */
export function named(name: string): UserName {
  const found = userName(name);
  if (found === undefined) throw new Error("no name");
  return found;
}

/** The request id of that label. */
export function requestId(label: string): RequestId {
  return Uint8Array.from(createHash("sha256").update(label).digest().subarray(0, 16)) as RequestId;
}

/** Who signs a request, when, and what else may vary. */
export interface Signing {
  readonly key: TestKey;
  readonly name: string;
  readonly keyVersion?: number;
  /** Seconds since 1970. */
  readonly time?: number;
  readonly id?: RequestId;
  /** The directory of these tests, if no other. */
  readonly audience?: RequestAudience;
}

/** An anonymous request. */
export function anonymous<A extends Exclude<V2Action, SignedAction>>(
  action: A,
  body: Bodies[A],
  id = requestId(action),
): V2Request<A> {
  return { action, id, surbs: 2, body } as unknown as V2Request<A>;
}

/** A signed request. */
export function signed<A extends SignedAction>(
  action: A,
  body: Bodies[A],
  { key, name, keyVersion = 1, time = NOW / 1000, id = requestId(action), audience = directory }: Signing,
): V2Request<A> {
  const auth: Auth = { name: named(name), keyVersion, time: Math.floor(time), signature: new Uint8Array(64) };
  const whole = succeeded(action, body, { key, name, keyVersion, audience });
  const unsigned = { action, id, surbs: 2, body: whole, auth };
  const signature = Uint8Array.from(key.sign(requestText(audience, unsigned as unknown as Unsigned)));
  return { ...unsigned, auth: { ...auth, signature } } as unknown as V2Request<A>;
}

/** The body; that of a change of key with the succession that its signer signs, where there is none yet. */
function succeeded<A extends SignedAction>(
  action: A,
  body: Bodies[A],
  { key: signer, name, keyVersion, audience }: Required<Pick<Signing, "key" | "name" | "keyVersion" | "audience">>,
): Bodies[A] {
  if (!("succession" in body) || body.succession !== NOT_YET_SIGNED) return body;
  const { key, recovery } = body;
  const by = action === "rotate" ? "rotation" : "recovery";
  const text = successionText(audience.identity, { name, by, version: keyVersion + 1, key, recovery });
  return { ...body, succession: Uint8Array.from(signer.sign(text)) };
}

/** The body of a change to `key`, for the version after `keyVersion`, at the directory of these tests if no other. */
export function newKey(
  name: string,
  key: TestKey,
  keyVersion: number,
  recovery?: TestKey,
  { identity }: Pick<RequestAudience, "identity"> = directory,
): Bodies["rotate"] {
  const text = possessionText(identity, { name: foldName(name), keyVersion: keyVersion + 1, key: key.raw });
  const possession = Uint8Array.from(key.sign(text));
  const signatures = { possession, succession: NOT_YET_SIGNED };
  return { key: key.raw, ...signatures, ...(recovery !== undefined && { recovery: recovery.raw }) };
}

/** The request as it comes to an action. */
export function arrived<A extends V2Action>(body: V2Request<A>, credit = 10): Parsed<V2Request<A>, "v2"> {
  return { dialect: "v2", body, origin, credit };
}

/** The request with a proof that holds, and the verdict on the keys that it brings. */
export function proven<A extends V2Action>(body: V2Request<A>, keyVersion = 1): Verified<V2Request<A>, "v2"> {
  const { key, recovery } = body.body as { readonly key?: Uint8Array; readonly recovery?: Uint8Array };
  const keysAcceptable = [key, recovery].every((each) => each === undefined || isAcceptableKey(each));
  return { ...arrived(body), keyVersion, keysAcceptable, __verified: true };
}

export const carolKey = testKey("carol");
export const carolRecovery = testKey("carol's recovery key");
/** A v2 user. */
export const carol: User = {
  id: 3 as UserId,
  name: "Carol",
  algorithm: "ed25519",
  key: carolKey.der,
  keyVersion: 1,
  recoveryKey: carolRecovery.der,
};

/** A context of another time. */
export function contextAt(ms: number): typeof context {
  return { ...context, now: ms };
}
