import { createHmac, generateKeyPairSync, sign, verify } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/config/secret.js";
import { certifiedKey } from "../../support/certificates.js";
import { openIdentity, sealedKeysPath, type Identity, type IdentityOptions } from "../../../src/identity/identity.js";
import { decodeKeys, encodeKeys } from "../../../src/identity/keys.js";
import { seal, unseal } from "../../../src/identity/sealed-file.js";
import { OperatorError } from "../../../src/util/operator-error.js";

const PASSPHRASE = new Secret("correct horse");

function newOptions(): IdentityOptions {
  return { keysDir: join(mkdtempSync(join(tmpdir(), "nym-directory-keys-")), "keys"), scryptLog2N: 10 };
}

function spki(key: Identity["publicKey"]): string {
  return key.export({ format: "der", type: "spki" }).toString("hex");
}

function certificateFile(options: IdentityOptions): string {
  return join(options.keysDir, "reply-key.cert.json");
}

describe("the identity", () => {
  test("is made at the first start, and is the same from then on", async () => {
    const options = newOptions();
    const first = await openIdentity(options, PASSPHRASE);
    const again = await openIdentity({ ...options, scryptLog2N: 12 }, PASSPHRASE);
    expect(spki(again.publicKey)).toBe(spki(first.publicKey));
    expect(spki(again.replyPublicKey)).toBe(spki(first.replyPublicKey));
    expect(again.deriveKey("replay")).toEqual(first.deriveKey("replay"));
    expect(again.certificate).toEqual(first.certificate);
    expect([first.publicKey.asymmetricKeyType, first.replyPublicKey.asymmetricKeyType]).toEqual(["ed25519", "ec"]);
  });

  test("is another one for another directory", async () => {
    const [one, other] = await Promise.all([0, 1].map(() => openIdentity(newOptions(), PASSPHRASE)));
    expect(one && spki(one.publicKey)).not.toBe(other && spki(other.publicKey));
    expect(one?.deriveKey("replay")).not.toEqual(other?.deriveKey("replay"));
  });

  test("signs v1 replies with the key that its certificate names", async () => {
    const { publicKey, certificate, replyKey } = await openIdentity(newOptions(), PASSPHRASE);
    const certified = await certifiedKey(certificate, publicKey);
    const content = Buffer.from('{"nonce": "00"}');
    expect(certified && verify("sha256", content, certified, sign("sha256", content, replyKey))).toBe(true);
  });

  test("derives keys that differ by label", async () => {
    const identity = await openIdentity(newOptions(), PASSPHRASE);
    const keys = ["replay", "origin", "replay "].map((label) => identity.deriveKey(label));
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(3);
    for (const key of keys) expect(key).toHaveLength(32);
  });

  test("derives keys as RFC 5869 says", async () => {
    // Appendix A.1 of the RFC holds the reckoning that the keys are then compared with.
    const info = Buffer.from("f0f1f2f3f4f5f6f7f8f9", "hex");
    expect(hkdf(Buffer.alloc(22, 0x0b), Buffer.from("000102030405060708090a0b0c", "hex"), info).toString("hex")).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
    );
    const options = newOptions();
    const root = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    const keys = {
      identity: generateKeyPairSync("ed25519").privateKey,
      reply: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey,
      root,
    };
    mkdirSync(options.keysDir);
    writeFileSync(sealedKeysPath(options.keysDir), await seal(encodeKeys(keys), PASSPHRASE, 10));
    const identity = await openIdentity(options, PASSPHRASE);
    expect(identity.deriveKey("mac")).toEqual(hkdf(root, Buffer.alloc(32), Buffer.from("nym-directory mac")));
    expect(identity.deriveKey("mac").toString("hex")).toBe(
      "7fd02e7dd135f28bb9a57955a7c7e4424d2be4a0c093ea8c6e9b080c2b13bf12",
    );
  });

  test("lies in a folder and a file of its owner alone, and nothing secret lies there openly", async () => {
    const options = newOptions();
    await openIdentity(options, PASSPHRASE);
    expect(statSync(options.keysDir).mode & 0o777).toBe(0o700);
    const file = sealedKeysPath(options.keysDir);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const keys = decodeKeys(await unseal(readFileSync(file, "utf8"), PASSPHRASE, file));
    if (keys === undefined) throw new Error("no keys");
    const secrets = [
      Buffer.from(keys.identity.export({ format: "jwk" }).d ?? "", "base64url"),
      Buffer.from(keys.reply.export({ format: "jwk" }).d ?? "", "base64url"),
      keys.root,
    ];
    expect(secrets.map((secret) => secret.length)).toEqual([32, 32, 32]);
    for (const name of readdirSync(options.keysDir)) {
      const content = readFileSync(join(options.keysDir, name));
      expect(content.includes("PRIVATE"), name).toBe(false);
      for (const secret of secrets) {
        // In base64 the first and last digits depend on what stands around it.
        const inBase64 = [0, 1, 2].map((shift) => secret.subarray(shift, shift + 27).toString("base64"));
        const spellings = [secret, secret.toString("hex"), ...inBase64, secret.subarray(0, 27).toString("base64url")];
        for (const spelling of spellings) expect(content.includes(spelling), name).toBe(false);
      }
    }
  });

  test("puts its certificate beside the keys, and back if it is gone or changed", async () => {
    const options = newOptions();
    const { publicKey } = await openIdentity(options, PASSPHRASE);
    const read = (): unknown => JSON.parse(readFileSync(certificateFile(options), "utf8"));
    expect(await certifiedKey(read(), publicKey)).toBeDefined();
    rmSync(certificateFile(options));
    await openIdentity(options, PASSPHRASE);
    expect(await certifiedKey(read(), publicKey)).toBeDefined();
    writeFileSync(certificateFile(options), "{}");
    await openIdentity(options, PASSPHRASE);
    expect(await certifiedKey(read(), publicKey)).toBeDefined();
  });

  test("is one, however many start for the first time at once", async () => {
    const options = newOptions();
    const opened = await Promise.all([1, 2, 3, 4].map(() => openIdentity(options, PASSPHRASE)));
    expect(new Set(opened.map(({ publicKey }) => spki(publicKey))).size).toBe(1);
    expect(readdirSync(options.keysDir).sort()).toEqual(["directory.key", "reply-key.cert.json"]);
  });

  test("does not open with another passphrase, and nothing is changed by trying", async () => {
    const options = newOptions();
    await openIdentity(options, PASSPHRASE);
    const before = readFileSync(sealedKeysPath(options.keysDir));
    await expect(openIdentity(options, new Secret("wrong"))).rejects.toMatchObject({ code: "sealed-unopened" });
    expect(readFileSync(sealedKeysPath(options.keysDir))).toEqual(before);
  });

  test("is never made anew over a file that cannot be read, is damaged, or holds something else", async () => {
    const options = newOptions();
    await openIdentity(options, PASSPHRASE);
    const file = sealedKeysPath(options.keysDir);
    for (const [content, code] of [
      ["", "sealed-damaged"],
      ["{}", "sealed-damaged"],
      [await seal(Buffer.from("{}"), PASSPHRASE, 10), "keys-unknown"],
      [await seal(Buffer.from("x"), PASSPHRASE, 10), "keys-unknown"],
    ] as const) {
      writeFileSync(file, content);
      await expect(openIdentity(options, PASSPHRASE)).rejects.toMatchObject({ code });
      expect(readFileSync(file, "utf8")).toBe(content);
    }
    rmSync(file);
    const folder = { ...options, keysDir: join(options.keysDir, "reply-key.cert.json") };
    await expect(openIdentity(folder, PASSPHRASE)).rejects.toMatchObject({ code: "keys-unreadable" });
  });

  test("is not made where the keys cannot lie, and says so to the operator", async () => {
    const options = newOptions();
    writeFileSync(options.keysDir, "");
    const below = { ...options, keysDir: join(options.keysDir, "keys") };
    await expect(openIdentity(below, PASSPHRASE)).rejects.toBeInstanceOf(OperatorError);
    const nowhere = newOptions();
    symlinkSync(join(nowhere.keysDir, "..", "gone", "keys"), nowhere.keysDir);
    await expect(openIdentity(nowhere, PASSPHRASE)).rejects.toMatchObject({ code: "keys-unwritable" });
  });

  test("is not made over a link to keys that are not there now", async () => {
    const options = newOptions();
    mkdirSync(options.keysDir);
    symlinkSync(join(options.keysDir, "..", "unmounted", "directory.key"), sealedKeysPath(options.keysDir));
    await expect(openIdentity(options, PASSPHRASE)).rejects.toMatchObject({ code: "keys-unreadable" });
    expect(readdirSync(options.keysDir)).toEqual(["directory.key"]);
  });

  test("says so to the operator when the certificate cannot be put beside the keys", async () => {
    const options = newOptions();
    await openIdentity(options, PASSPHRASE);
    rmSync(certificateFile(options));
    mkdirSync(join(certificateFile(options), "in the way"), { recursive: true });
    await expect(openIdentity(options, PASSPHRASE)).rejects.toMatchObject({ code: "keys-unwritable" });
    expect(readdirSync(options.keysDir).sort()).toEqual(["directory.key", "reply-key.cert.json"]);
  });
});

/** HKDF-SHA-256 with one block of output, written out from RFC 5869 sections 2.2 and 2.3. */
function hkdf(secret: Buffer, salt: Buffer, info: Buffer): Buffer {
  const extracted = createHmac("sha256", salt).update(secret).digest();
  return createHmac("sha256", extracted).update(info).update(Buffer.of(1)).digest();
}
