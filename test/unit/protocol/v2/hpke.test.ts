/** Hybrid public-key encryption, held to the first vector of RFC 9180, appendix A.1. */
import { x25519 } from "@noble/curves/ed25519.js";
import { bytesToHex, hexToBytes } from "@noble/curves/utils.js";
import { expect, it } from "vitest";
import { AES_128_GCM, AES_256_GCM, open, seal, SEAL_BYTES } from "../../../../src/protocol/v2/hpke.js";

const utf8 = new TextEncoder();
const plaintext = utf8.encode("Beauty is truth, truth beauty");
const context = { aead: AES_128_GCM, info: utf8.encode("Ode on a Grecian Urn"), aad: utf8.encode("Count-0") };
const ephemeral = hexToBytes("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
const secret = hexToBytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
const enc = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431";
const ciphertext = "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a";

it("seals and opens RFC 9180, A.1.1, to the byte", async () => {
  const recipient = x25519.getPublicKey(secret);
  expect(bytesToHex(recipient)).toBe("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  expect(bytesToHex(await seal(plaintext, recipient, context, ephemeral))).toBe(enc + ciphertext);
  expect(await open(hexToBytes(enc + ciphertext), secret, context)).toEqual(plaintext);
});

it("opens nothing for another key, another context or after a change, and is another one each time", async () => {
  const strong = { ...context, aead: AES_256_GCM };
  const recipient = x25519.getPublicKey(secret);
  const sealed = await seal(plaintext, recipient, strong);
  expect(sealed).toHaveLength(plaintext.length + SEAL_BYTES);
  expect(await open(sealed, secret, strong)).toEqual(plaintext);
  expect(await seal(plaintext, recipient, strong)).not.toEqual(sealed);
  const others = [{ ...strong, info: utf8.encode("Ode") }, { ...strong, aad: utf8.encode("Count-1") }, context];
  for (const other of others) await expect(open(sealed, secret, other)).rejects.toThrow();
  await expect(open(sealed, x25519.utils.randomSecretKey(), strong)).rejects.toThrow();
  for (const at of [0, 31, 32, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(open(changed, secret, strong)).rejects.toThrow();
  }
});

it("refuses a key of small order, which everybody knows the secret of", async () => {
  await expect(seal(plaintext, new Uint8Array(32), context)).rejects.toThrow();
  await expect(open(new Uint8Array(64), secret, context)).rejects.toThrow();
});
