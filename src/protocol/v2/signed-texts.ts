/** The texts that v2 signs: `docs/protocol.md`, section 9. Each begins with what it is, and names the directory. */
import { statedUser } from "./answers.js";
import { encodeBody } from "./bodies.js";
import { encodeCbor } from "./cbor.js";
import type { Statement } from "./reply.js";
import { ACTIONS, type Auth, type Ed25519Key, type SignedAction, type V2Request, VERSION } from "./request.js";

/** The directory that a request is meant for: its identity key, and its epoch as `info` tells it. */
export interface RequestAudience {
  readonly identity: Ed25519Key;
  readonly epoch: number;
}

/** A request before it is signed. */
export type Unsigned<R extends V2Request<SignedAction> = V2Request<SignedAction>> = R extends unknown
  ? Omit<R, "auth"> & { readonly auth: Omit<Auth, "signature"> }
  : never;

/** What the signature of a request is of. The names in its body stand there as the client wrote them. */
export function requestText({ identity, epoch }: RequestAudience, { action, id, body, auth }: Unsigned): Uint8Array {
  const { name, keyVersion, time } = auth;
  return encodeCbor([
    "NymDirectory request",
    VERSION,
    ACTIONS[action],
    identity,
    epoch,
    folded(name),
    keyVersion,
    time,
    id,
    encodeBody(action, body),
  ]);
}

/** What a new key signs to show that it is there; `keyVersion` is the one that it will have. */
export function possessionText(
  directory: Ed25519Key,
  { name, keyVersion, key }: { readonly name: string; readonly keyVersion: number; readonly key: Ed25519Key },
): Uint8Array {
  return encodeCbor(["NymDirectory possession", VERSION, directory, folded(name), keyVersion, key]);
}

/** What the directory signs of a look-up. */
export function statementText(directory: Ed25519Key, { name, hour, user }: Statement): Uint8Array {
  return encodeCbor(["NymDirectory statement", VERSION, directory, folded(name), hour, statedUser.encode(user)]);
}

/** What the directory signs of the addresses of its pool, in their order. */
export function addressesText(directory: Ed25519Key, addresses: readonly Uint8Array[]): Uint8Array {
  return encodeCbor(["NymDirectory addresses", VERSION, directory, addresses]);
}

/** As names are unique: ASCII lower case, since nothing else in them folds. */
function folded(name: string): string {
  return name.toLowerCase();
}
