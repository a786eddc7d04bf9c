import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sealedKeysPath } from "../../../src/identity/identity.js";
import { readPassphrase, type PassphraseOptions } from "../../../src/identity/passphrase.js";
import { OperatorError } from "../../../src/util/operator-error.js";

function newOptions(change: Partial<PassphraseOptions> = {}): PassphraseOptions {
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-secret-"));
  return { secretPath: join(folder, "data", "secret"), makeSecret: true, keysDir: join(folder, "keys"), ...change };
}

describe("the passphrase", () => {
  test("is made at the first start, for the owner alone, and is the same from then on", async () => {
    const options = newOptions();
    const first = await readPassphrase(options);
    const again = await readPassphrase(options);
    expect([first.made, again.made]).toEqual([true, false]);
    expect(again.passphrase.reveal()).toBe(first.passphrase.reveal());
    expect(Buffer.from(first.passphrase.reveal(), "base64url")).toHaveLength(32);
    expect(statSync(options.secretPath).mode & 0o777).toBe(0o600);
  });

  test("is another one for another directory", async () => {
    const made = await Promise.all([0, 1].map(() => readPassphrase(newOptions())));
    expect(made[0]?.passphrase.reveal()).not.toBe(made[1]?.passphrase.reveal());
  });

  test("is the whole file but for the line ends at its end", async () => {
    const options = newOptions({ makeSecret: false });
    mkdirSync(join(options.secretPath, ".."));
    writeFileSync(options.secretPath, " two words \r\n\n", { mode: 0o600 });
    expect((await readPassphrase(options)).passphrase.reveal()).toBe(" two words ");
  });

  test("is not made where the operator named a file", async () => {
    const options = newOptions({ makeSecret: false });
    await expect(readPassphrase(options)).rejects.toThrow(`SECRET_PATH: ${options.secretPath} does not exist`);
    expect(() => readFileSync(options.secretPath)).toThrow("ENOENT");
  });

  test("is not made when there are keys already, which it could not open", async () => {
    const options = newOptions();
    mkdirSync(options.keysDir);
    writeFileSync(sealedKeysPath(options.keysDir), "{}");
    await expect(readPassphrase(options)).rejects.toThrow("does not exist; it must hold the passphrase");
  });

  test("is refused when it is empty or cannot be read", async () => {
    const options = newOptions({ makeSecret: false });
    mkdirSync(options.secretPath, { recursive: true });
    await expect(readPassphrase(options)).rejects.toThrow("cannot be read (EISDIR)");
    const empty = newOptions({ makeSecret: false });
    mkdirSync(join(empty.secretPath, ".."));
    writeFileSync(empty.secretPath, "\n", { mode: 0o600 });
    await expect(readPassphrase(empty)).rejects.toThrow("is empty; it must hold the passphrase");
  });

  test.each([
    ["604", true],
    ["644", true],
    ["666", true],
    ["602", true],
    ["400", false],
    ["600", false],
    ["440", false],
    ["640", false],
  ])("is read whatever its mode; that everybody may read or change it (mode %s) is told: %s", async (mode, exposed) => {
    const options = newOptions({ makeSecret: false });
    mkdirSync(join(options.secretPath, ".."));
    writeFileSync(options.secretPath, "correct horse");
    chmodSync(options.secretPath, Number.parseInt(mode, 8));
    const read = await readPassphrase(options);
    expect(read.passphrase.reveal()).toBe("correct horse");
    expect(read.exposed).toBe(exposed);
  });

  test("says so to the operator when it cannot be made", async () => {
    const options = newOptions();
    symlinkSync(join(options.secretPath, "..", "..", "gone", "data"), join(options.secretPath, ".."));
    const refused = readPassphrase(options);
    await expect(refused).rejects.toBeInstanceOf(OperatorError);
    await expect(refused).rejects.toThrow(/^SECRET_PATH: .* cannot be made/);
  });
});
