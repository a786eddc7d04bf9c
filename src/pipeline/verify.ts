/**
 * Verify: `Parsed` becomes `Verified`, or does not. Signatures are checked by OpenSSL on the thread pool, new keys on a
 * thread of their own. A proof that cannot hold costs the same checks, against a decoy, so that its answer takes as long
 * as any other.
 */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  sign,
  verify,
} from "node:crypto";
import type { Dialect, Parsed, Verified } from "../actions/action.js";
import type { Proof } from "../actions/proof.js";
import { BoundedMap } from "../util/bounded-map.js";
import { areAcceptable } from "./key-check.js";

/** Checks a request's proof; `undefined` when it does not hold. */
export type Verifier = <Body, D extends Dialect>(
  request: Parsed<Body, D>,
  proof: Proof,
) => Verified<Body, D> | Promise<Verified<Body, D> | undefined>;

/** Parsing a key costs more than a signature check with it: this many are kept parsed. */
const PARSED_KEYS = 10_000;
/** ECDSA hashes with SHA-256; Ed25519 has its own. */
const DIGESTS = { p256: "sha256", ed25519: null } as const;
/** DER of ECDSA P-256 has at most 72 bytes. */
const MAX_SIGNATURE_BYTES = 72;

/** A verifier with its own cache of parsed keys. */
export function createVerifier(): Verifier {
  const keys = new BoundedMap<string, KeyObject>(PARSED_KEYS);
  const decoys = {
    p256: decoyOf(generateKeyPairSync("ec", { namedCurve: "P-256" }), "sha256"),
    ed25519: decoyOf(generateKeyPairSync("ed25519"), null),
  };

  function parsed(der: Uint8Array): KeyObject {
    const name = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("latin1");
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    keys.set(name, key);
    return key;
  }

  /** Whether the proof holds. */
  async function holds(proof: Exclude<Proof, { readonly kind: "none" }>): Promise<boolean> {
    const digest = DIGESTS[proof.algorithm];
    const { key: decoy, signature: broken } = decoys[proof.algorithm];
    if (proof.kind === "hopeless") {
      await Promise.all(proof.messages.map((message) => check(digest, message, decoy, broken)));
      return false;
    }
    const { signature, further = [] } = proof;
    if (signature === undefined || signature.length > MAX_SIGNATURE_BYTES)
      return check(digest, proof.message, decoy, broken);
    const checks = [check(digest, proof.message, parsed(proof.key), signature)];
    for (const more of further) checks.push(check(DIGESTS.ed25519, more.message, parsed(more.key), more.signature));
    return (await Promise.all(checks)).every(Boolean);
  }

  return (request, proof) => {
    const { newKeys = [] } = proof;
    if (proof.kind === "none" && newKeys.length === 0) return verified(request, 0, true);
    const held = proof.kind === "none" ? true : holds(proof);
    const keyVersion = proof.kind === "signature" ? proof.keyVersion : 0;
    return Promise.all([held, areAcceptable(newKeys)]).then(([isProven, acceptable]) =>
      isProven ? verified(request, keyVersion, acceptable) : undefined,
    );
  };
}

/** A key, and a signature that is well formed and does not hold. */
function decoyOf({ publicKey: key, privateKey }: KeyPairKeyObjectResult, digest: string | null) {
  return { key, signature: sign(digest, Buffer.from("another message"), privateKey) };
}

function verified<Body, D extends Dialect>(
  request: Parsed<Body, D>,
  keyVersion: number,
  keysAcceptable: boolean,
): Verified<Body, D> {
  return { ...request, keyVersion, keysAcceptable, __verified: true };
}

/** One check on the thread pool. A signature that is not even well formed does not hold. */
function check(digest: string | null, message: Uint8Array, key: KeyObject, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    verify(digest, message, key, signature, (error, holds) => resolve(error === null && holds));
  });
}
