import { sign, verify } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/config/secret.js";
import { verifyReplyKeyCertificate } from "../../../src/identity/certificate.js";
import { openIdentity, sealedKeysPath, type Identity, type IdentityOptions } from "../../../src/identity/identity.js";
import { seal } from "../../../src/identity/sealed-file.js";

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
    const certified = verifyReplyKeyCertificate(certificate, publicKey);
    const content = Buffer.from('{"nonce": "00"}');
    expect(certified && verify("sha256", content, certified, sign("sha256", content, replyKey))).toBe(true);
  });

  test("derives keys that differ by label", async () => {
    const identity = await openIdentity(newOptions(), PASSPHRASE);
    const keys = ["replay", "origin", "replay "].map((label) => identity.deriveKey(label));
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(3);
    for (const key of keys) expect(key).toHaveLength(32);
  });

  test("lies in a folder and a file of its owner alone, and nothing secret lies there openly", async () => {
    const options = newOptions();
    const { replyKey } = await openIdentity(options, PASSPHRASE);
    expect(statSync(options.keysDir).mode & 0o777).toBe(0o700);
    expect(statSync(sealedKeysPath(options.keysDir)).mode & 0o777).toBe(0o600);
    const secretBytes = replyKey.export({ format: "der", type: "pkcs8" }).subarray(36, 68);
    for (const name of readdirSync(options.keysDir)) {
      const content = readFileSync(join(options.keysDir, name));
      expect(content.includes(secretBytes), name).toBe(false);
      expect(content.includes("PRIVATE"), name).toBe(false);
    }
  });

  test("puts its certificate beside the keys, and back if it is gone or changed", async () => {
    const options = newOptions();
    const { publicKey } = await openIdentity(options, PASSPHRASE);
    const read = (): unknown => JSON.parse(readFileSync(certificateFile(options), "utf8"));
    expect(verifyReplyKeyCertificate(read(), publicKey)).toBeDefined();
    rmSync(certificateFile(options));
    await openIdentity(options, PASSPHRASE);
    expect(verifyReplyKeyCertificate(read(), publicKey)).toBeDefined();
    writeFileSync(certificateFile(options), "{}");
    await openIdentity(options, PASSPHRASE);
    expect(verifyReplyKeyCertificate(read(), publicKey)).toBeDefined();
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
});
