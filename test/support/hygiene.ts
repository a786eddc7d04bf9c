/**
 * Shows that nothing of a scenario can be found where nothing of it may be: tell it every name, tag, key, address and
 * body, and have it look through logs, metrics and error texts.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { base58 } from "@scure/base";

/** Characters in a row that give a secret away: fewer could be there by chance. */
const GRAM = 10;

interface Secret {
  readonly kind: string;
  readonly text: string;
}

export class Hygiene {
  readonly #secrets: Secret[] = [];

  /** A name of a user or a group, to be found in any case; at least 6 characters, so that no word of ours holds it. */
  name(name: string): this {
    if (name.length < 6) throw new RangeError("such a short name could be found by chance");
    return this.#add("name", name.toLowerCase());
  }

  /** A senderTag, as bytes or base58. */
  tag(tag: Uint8Array | string): this {
    return this.#addBytes("tag", typeof tag === "string" ? base58.decode(tag) : tag);
  }

  /** A key, nonce or signature, as bytes, or as text (PEM, hex, base64) that is looked for as it is. */
  key(key: Uint8Array | string): this {
    if (typeof key !== "string") return this.#addBytes("key", key);
    const lines = key.split(/\r?\n/).filter((line) => !line.startsWith("-----") && line.length >= GRAM);
    for (const line of lines) this.#add("key", line);
    return this;
  }

  /** A Nym address as text. */
  address(address: string): this {
    for (const part of address.split(/[.@]/)) this.#addBytes("address", base58.decode(part));
    return this;
  }

  /** What users wrote, or its ciphertext; without the words of the protocol around it, which stand in our logs too. */
  body(body: string | Uint8Array): this {
    return typeof body === "string" ? this.#add("body", body) : this.#addBytes("body", body);
  }

  /** What is found, as `kind in source`: never the secret itself. */
  leaks(sources: Readonly<Record<string, string>>): string[] {
    return Object.entries(sources).flatMap(([source, text]) => {
      const grams = gramsOf(text);
      const lower = text.toLowerCase();
      const found = this.#secrets.filter(({ kind, text: secret }) => {
        if (kind === "name" || secret.length < GRAM) return lower.includes(secret.toLowerCase());
        for (const gram of gramsOf(secret)) if (grams.has(gram)) return true;
        return false;
      });
      return [...new Set(found.map(({ kind }) => `${kind} in ${source}`))];
    });
  }

  #add(kind: string, text: string): this {
    if (text !== "") this.#secrets.push({ kind, text });
    return this;
  }

  #addBytes(kind: string, bytes: Uint8Array): this {
    const buffer = Buffer.from(bytes);
    const texts = [
      base58.encode(bytes),
      buffer.toString("hex"),
      buffer.toString("base64"),
      buffer.toString("base64url"),
    ];
    for (const text of [...texts, texts[1]?.toUpperCase() ?? "", [...bytes].join(",")]) this.#add(kind, text);
    return this;
  }
}

/** The log files in a folder and everything below it, by their path inside. */
export async function readLogs(folder: string): Promise<Record<string, string>> {
  const logs: Record<string, string> = {};
  for (const path of await readdir(folder, { recursive: true })) {
    if (path.endsWith(".log")) logs[path] = await readFile(join(folder, path), "utf8");
  }
  return logs;
}

function gramsOf(text: string): Set<string> {
  const grams = new Set<string>();
  for (let at = 0; at + GRAM <= text.length; at++) grams.add(text.slice(at, at + GRAM));
  return grams;
}
