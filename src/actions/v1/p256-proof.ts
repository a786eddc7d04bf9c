/** The proof that a user of v1 gives: a signature with the registered key. */
import type { Signature } from "../../protocol/v1/request.js";
import type { User } from "../../store/rows.js";
import type { Proof } from "../proof.js";

/** Stands for a nonce that nobody was given. */
export const NO_NONCE = Buffer.alloc(64);

/** `signature` over `message` with the key of `user`, as it is now; v1 has no signatures but those of P-256. */
export function p256Proof({ algorithm, key, keyVersion }: User, message: Uint8Array, signature: Signature): Proof {
  if (algorithm !== "p256") return { kind: "hopeless", algorithm: "p256", messages: [message] };
  return { kind: "signature", algorithm, key, keyVersion, message, signature };
}
