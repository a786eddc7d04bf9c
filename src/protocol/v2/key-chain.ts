/**
 * How whoever trusts one of a user's keys proves the later ones by it, from the log that the directory gives, and without
 * trust in the directory. `docs/protocol.md`, section 10.
 */
import type { LoggedVersion } from "./key-log.js";
import type { Ed25519Key } from "./terms.js";
import { successionText } from "./signed-texts.js";

/** What is trusted of a user: a version of their key, and the recovery key that was in force with it. */
export type TrustedKey = Pick<LoggedVersion, "version" | "key" | "recovery">;

/** Whose log it is, at which directory. */
export interface LogOwner {
  readonly directory: Ed25519Key;
  readonly name: string;
}

type Verify = (signature: Uint8Array, text: Uint8Array, key: Ed25519Key) => boolean | Promise<boolean>;

/**
 * The last version of `log`, which is whole and begins with version 1, if every one after the `trusted` one is proven:
 * a rotation by the signature of the key before, a recovery by that of a recovery key which was in force at the trusted
 * version or has been proven since, and has not been ended by a recovery. What is not proven may be the directory's
 * invention, or the user's recovery with a key that nobody here has seen: people must compare.
 */
export async function provenBy(
  log: readonly LoggedVersion[],
  { owner, trusted, verify }: { readonly owner: LogOwner; readonly trusted: TrustedKey; readonly verify: Verify },
): Promise<TrustedKey | undefined> {
  const known = log[trusted.version - 1];
  if (log.some(({ version }, index) => version !== index + 1) || known === undefined) return undefined;
  if (!isSame(known.key, trusted.key) || !isSame(known.recovery, trusted.recovery)) return undefined;
  let current: TrustedKey = trusted;
  let rights: readonly (Ed25519Key | undefined)[] = [trusted.recovery];
  for (const next of log.slice(trusted.version)) {
    const signers = next.by === "rotation" ? [current.key] : next.by === "recovery" ? rights : [];
    // The directory could bring an old recovery again, and with it a key that was given up.
    if (next.by === "recovery" && log.slice(0, next.version - 1).some(({ key }) => isSame(key, next.key)))
      return undefined;
    if (!(await isSignedByOne(next, signers, { owner, before: current, verify }))) return undefined;
    rights = next.by === "recovery" ? [next.recovery] : [...rights, next.recovery];
    current = { version: next.version, key: next.key, recovery: next.recovery };
  }
  return current;
}

/** Has one of `signers` signed this version: with the recovery key that it brings, or without one? */
async function isSignedByOne(
  { version, by, key, recovery, signature }: LoggedVersion,
  signers: readonly (Ed25519Key | undefined)[],
  { owner, before, verify }: { readonly owner: LogOwner; readonly before: TrustedKey; readonly verify: Verify },
): Promise<boolean> {
  if (by === "registration" || signature === undefined) return false;
  for (const signer of signers) {
    if (signer === undefined) continue;
    const kept = by === "rotation" ? before.recovery : signer;
    for (const brought of isSame(recovery, kept) ? [undefined, recovery] : [recovery]) {
      const text = successionText(owner.directory, { name: owner.name, by, version, key, recovery: brought });
      if (await verify(signature, text, signer)) return true;
    }
  }
  return false;
}

function isSame(one: Uint8Array | undefined, two: Uint8Array | undefined): boolean {
  if (one === undefined || two === undefined) return one === two;
  return one.length === two.length && one.every((byte, index) => byte === two[index]);
}
