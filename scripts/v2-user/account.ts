/** A user's keys, and requests signed with them. Signing is Node's own, so that the client library is not what is tested. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { UserName } from "../../src/protocol/v2/names.js";
import type { Bodies, NewKey, SignedAction, V2Action, V2Request } from "../../src/protocol/v2/request.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { possessionText, requestText, type Succession, successionText } from "../../src/protocol/v2/signed-texts.js";

/** An Ed25519 key pair; the public half as it travels. */
export interface Keys {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** What signatures bind a request to. */
export interface Bound {
  /** The directory's identity key, 32 bytes. */
  readonly identity: Uint8Array;
  readonly epoch: number;
}

/** Who signs, with which version of their key. */
export interface Signer {
  readonly name: UserName;
  readonly keyVersion: number;
  readonly keys: Keys;
}

/** A request before it is signed, if it is one that is. */
export type Unsigned<A extends V2Action = V2Action> = {
  readonly [P in A]: {
    readonly action: P;
    readonly id: RequestId;
    readonly surbs: number;
    readonly body: Bodies[P];
  };
}[A];

const RAW_KEY_BYTES = 32;
const ID_BYTES = 16;

/** A new key pair. */
export function newKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  // The key stands at the end of its SubjectPublicKeyInfo (RFC 8410).
  return { privateKey, publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(-RAW_KEY_BYTES) };
}

/** A new request id. */
export function newId(): RequestId {
  return new Uint8Array(randomBytes(ID_BYTES)) as RequestId;
}

/** The request with its signature; `time` in seconds since 1970. */
export function signRequest(bound: Bound, signer: Signer, request: Unsigned<SignedAction>, time: number): V2Request {
  const { name, keyVersion, keys } = signer;
  const auth = { name, keyVersion, time };
  const signature = sign(null, requestText(bound, { ...request, auth }), keys.privateKey);
  return { ...request, auth: { ...auth, signature: new Uint8Array(signature) } };
}

/** The body that puts `next` in the place of the key of version `keyVersion`; `keys` are the signer's. */
export function changeOfKey(
  { identity }: Bound,
  { name, keyVersion, keys }: Signer,
  { next, by }: { readonly next: Keys; readonly by: Succession["by"] },
): NewKey {
  const [version, key] = [keyVersion + 1, next.publicKey];
  const text = possessionText(identity, { name, keyVersion: version, key });
  const made = successionText(identity, { name, by, version, key, recovery: undefined });
  return {
    key,
    possession: new Uint8Array(sign(null, text, next.privateKey)),
    succession: new Uint8Array(sign(null, made, keys.privateKey)),
  };
}
