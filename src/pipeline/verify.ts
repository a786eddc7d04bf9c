/**
 * Verify: `Parsed` becomes `Verified`, or does not. Signatures are checked by OpenSSL on the thread pool; a proof that
 * cannot hold costs a check all the same, against a decoy, so that its answer takes as long as any other.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Parsed, Verified } from "../actions/action.js";
import type { Proof } from "../actions/proof.js";
import { BoundedMap } from "../util/bounded-map.js";

/** Checks a request's proof; `undefined` when it does not hold. */
export type Verifier = <Body>(
  request: Parsed<Body>,
  proof: Proof,
) => Verified<Body> | Promise<Verified<Body> | undefined>;

/** Parsing a key costs more than a signature check with it: this many are kept parsed. */
const PARSED_KEYS = 10_000;
/** DER of ECDSA P-256 has at most 72 bytes. */
const MAX_SIGNATURE_BYTES = 72;

/** A verifier with its own cache of parsed keys. */
export function createVerifier(): Verifier {
  const keys = new BoundedMap<string, KeyObject>(PARSED_KEYS);
  const decoy = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const decoyMessage = Buffer.from("decoy");
  const decoySignature = sign("sha256", Buffer.from("another message"), decoy.privateKey);

  function parsed(der: Uint8Array): KeyObject {
    const name = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("latin1");
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    keys.set(name, key);
    return key;
  }

  return (request, proof) => {
    if (proof.kind === "none") return verified(request, 0);
    if (proof.kind === "hopeless" || proof.signature === undefined || proof.signature.length > MAX_SIGNATURE_BYTES) {
      return check("sha256", decoyMessage, decoy.publicKey, decoySignature).then(() => undefined);
    }
    const digest = proof.algorithm === "p256" ? "sha256" : null;
    const { keyVersion } = proof;
    return check(digest, proof.message, parsed(proof.key), proof.signature).then((holds) =>
      holds ? verified(request, keyVersion) : undefined,
    );
  };
}

function verified<Body>(request: Parsed<Body>, keyVersion: number): Verified<Body> {
  return { ...request, keyVersion, __verified: true };
}

/** One check on the thread pool. A signature that is not even well formed does not hold. */
function check(digest: string | null, message: Uint8Array, key: KeyObject, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    verify(digest, message, key, signature, (error, holds) => resolve(error === null && holds));
  });
}
