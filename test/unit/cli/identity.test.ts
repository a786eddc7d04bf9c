import { execFile } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { certifiedKey } from "../../support/certificates.js";
import { fingerprint } from "../../../src/identity/fingerprint.js";

const run = promisify(execFile);

async function printed(dataDir: string): Promise<string> {
  const env = { PATH: process.env["PATH"], DATA_DIR: dataDir, SCRYPT_LOG2_N: "10" };
  const { stdout } = await run(process.execPath, [join(process.cwd(), "dist/src/main.js"), "identity"], {
    cwd: dataDir,
    env,
  });
  return stdout;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "nym-directory-identity-"));
}

describe("nym-directory identity", () => {
  test("prints both public keys with their fingerprints and the certificate, and nothing private", async () => {
    const text = await printed(newFolder());
    const keys = (text.match(/-----BEGIN PUBLIC KEY-----[^]+?-----END PUBLIC KEY-----/g) ?? []).map((pem) =>
      createPublicKey(pem),
    );
    expect(keys.map((key) => key.asymmetricKeyType)).toEqual(["ed25519", "ec"]);
    const fingerprints = keys.map((key) => fingerprint(key));
    expect([...text.matchAll(/^fingerprint: (.+)$/gm)].map(([, shown]) => shown)).toEqual(fingerprints);
    const certificate: unknown = JSON.parse(/^\{.*\}$/m.exec(text)?.[0] ?? "null");
    const [identity, replyKey] = keys;
    if (identity === undefined || replyKey === undefined) throw new Error("keys are missing");
    expect((await certifiedKey(certificate, identity))?.equals(replyKey)).toBe(true);
    expect(text).not.toMatch(/private/i);
    expect(text.match(/-----BEGIN [A-Z ]+-----/g)).toEqual([
      "-----BEGIN PUBLIC KEY-----",
      "-----BEGIN PUBLIC KEY-----",
    ]);
  });

  test("prints the same when processes that start at once all find no keys yet", async () => {
    const dataDir = newFolder();
    const texts = await Promise.all([1, 2, 3].map(() => printed(dataDir)));
    expect(new Set(texts).size).toBe(1);
    expect(await printed(dataDir)).toBe(texts[0]);
    expect(readdirSync(dataDir).sort()).toEqual(["keys", "secret"]);
    expect(readdirSync(join(dataDir, "keys")).sort()).toEqual(["directory.key", "reply-key.cert.json"]);
  });
});
