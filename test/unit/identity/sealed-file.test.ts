import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/config/secret.js";
import { seal, unseal } from "../../../src/identity/sealed-file.js";
import { OperatorError } from "../../../src/util/operator-error.js";

const PASSPHRASE = new Secret("correct horse");
const PLAIN = Buffer.from("what is sealed");

async function refusalOf(text: string, passphrase = PASSPHRASE): Promise<string> {
  try {
    await unseal(text, passphrase, "the file");
    return "opened";
  } catch (error) {
    if (error instanceof OperatorError) return error.code;
    throw error;
  }
}

type Editable = Record<string, unknown> & {
  kdf: Record<string, unknown>;
  cipher: Record<string, unknown>;
  sealed: string;
};

/** The sealed text with something changed. */
async function edited(change: (file: Editable) => void): Promise<string> {
  const file = JSON.parse(await seal(PLAIN, PASSPHRASE, 10)) as Editable;
  change(file);
  return JSON.stringify(file);
}

describe("a sealed file", () => {
  test("opens with its passphrase", async () => {
    expect(await unseal(await seal(PLAIN, PASSPHRASE, 10), PASSPHRASE, "the file")).toEqual(PLAIN);
  });

  test("shows nothing of what is in it, and is never the same twice", async () => {
    const [one, other] = await Promise.all([seal(PLAIN, PASSPHRASE, 10), seal(PLAIN, PASSPHRASE, 10)]);
    expect(one).not.toBe(other);
    for (const shown of [PLAIN.toString(), PLAIN.toString("base64"), PASSPHRASE.reveal()])
      expect(one).not.toContain(shown);
  });

  test("says what it was made with", async () => {
    const file = JSON.parse(await seal(PLAIN, PASSPHRASE, 11)) as Editable;
    expect(file).toMatchObject({
      version: 1,
      kdf: { name: "scrypt", log2N: 11, r: 8, p: 1 },
      cipher: { name: "aes-256-gcm" },
    });
  });

  test("does not open with another passphrase", async () => {
    const text = await seal(PLAIN, PASSPHRASE, 10);
    for (const wrong of ["correct horse ", "Correct horse", ""]) {
      expect(await refusalOf(text, new Secret(wrong))).toBe("sealed-unopened");
    }
    await expect(unseal(text, new Secret("x"), "the file")).rejects.toThrow(
      /^the file cannot be opened: the passphrase/,
    );
  });

  test.each([
    ["a cost that is not the one it was made with", (file: Editable) => (file.kdf["log2N"] = 11)],
    ["another salt", (file: Editable) => (file.kdf["salt"] = Buffer.alloc(16).toString("base64"))],
    ["another nonce", (file: Editable) => (file.cipher["nonce"] = Buffer.alloc(12).toString("base64"))],
    ["a flipped bit", (file: Editable) => (file.sealed = flipped(file.sealed))],
    ["a byte less", (file: Editable) => (file.sealed = shortened(file.sealed))],
  ])("does not open with %s", async (_what, change) => {
    expect(await refusalOf(await edited(change))).toBe("sealed-unopened");
  });

  test.each([
    ["another format", (file: Editable) => (file["format"] = "other")],
    ["another version", (file: Editable) => (file["version"] = 2)],
    ["a cost that is too cheap", (file: Editable) => (file.kdf["log2N"] = 9)],
    ["a cost that would take all memory", (file: Editable) => (file.kdf["log2N"] = 40)],
    ["another block size", (file: Editable) => (file.kdf["r"] = 1_000)],
    ["a short salt", (file: Editable) => (file.kdf["salt"] = "AAAA")],
    ["a short nonce", (file: Editable) => (file.cipher["nonce"] = "AAAA")],
    ["nothing but a tag", (file: Editable) => (file.sealed = Buffer.alloc(16).toString("base64"))],
    ["a field that nobody knows", (file: Editable) => (file["comment"] = "x")],
  ])("is called damaged with %s", async (_what, change) => {
    expect(await refusalOf(await edited(change))).toBe("sealed-damaged");
  });

  test("is called damaged when it is cut off, empty or something else", async () => {
    const text = await seal(PLAIN, PASSPHRASE, 10);
    for (const other of ["", "null", "[]", "{}", "-----BEGIN", text.slice(0, -20)]) {
      expect(await refusalOf(other)).toBe("sealed-damaged");
    }
  });

  test("does not open with any one bit of it changed", async () => {
    const bytes = Buffer.from(await seal(PLAIN, PASSPHRASE, 10));
    for (const index of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8));
      expect(await refusalOf(changed.toString("utf8")), `byte ${index}`).not.toBe("opened");
    }
  });

  test("is called damaged when its bytes are the same in another base64", async () => {
    expect(await refusalOf(await edited((file) => (file.kdf["salt"] = respelt(file.kdf["salt"] as string))))).toBe(
      "sealed-damaged",
    );
  });

  test("opens at the cost that is the default", async () => {
    expect(await unseal(await seal(PLAIN, PASSPHRASE, 17), PASSPHRASE, "the file")).toEqual(PLAIN);
  });

  test("is made and opened off the event loop", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await unseal(await seal(PLAIN, PASSPHRASE, 15), PASSPHRASE, "the file");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

function flipped(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  return bytes.toString("base64");
}

function shortened(base64: string): string {
  return Buffer.from(base64, "base64").subarray(0, -1).toString("base64");
}

/** The same bytes, with a bit set that base64 leaves unused at the end. */
function respelt(base64: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const end = base64.indexOf("=");
  const text = `${base64.slice(0, end - 1)}${alphabet[alphabet.indexOf(base64[end - 1] ?? "") + 1] ?? ""}${base64.slice(end)}`;
  if (!Buffer.from(text, "base64").equals(Buffer.from(base64, "base64"))) throw new Error("other bytes");
  return text;
}
