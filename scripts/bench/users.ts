/** The users that load a directory: names and P-256 keys, made before anything is measured. */
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/** A P-256 key pair; the public half as the PEM text that goes over the wire. */
export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

/** A user; its number is also its senderTag's. */
export interface BenchUser {
  readonly number: number;
  readonly name: string;
  readonly keys: Keys;
}

/** Makes `count` key pairs. */
export function makeKeys(count: number): readonly Keys[] {
  return Array.from({ length: count }, () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return { privateKey, publicPem: publicKey.export({ type: "spki", format: "pem" }) as string };
  });
}

/** One user for each key pair. */
export function makeUsers(keys: readonly Keys[]): readonly BenchUser[] {
  return keys.map((pair, number) => ({ number, name: `user-${number}`, keys: pair }));
}

/** ECDSA with SHA-256 over the UTF-8 bytes of `text`: DER in lowercase hex, as NymCHAT writes it. */
export function signText(text: string, { privateKey }: Keys): string {
  return sign("sha256", Buffer.from(text), privateKey).toString("hex");
}
