/**
 * How whoever trusts one of a user's keys proves the later ones by it, from the log that the directory gives, and without
 * trust in the directory. `docs/protocol.md`, section 10.
 */
import type { LoggedVersion } from "./key-log.js";
import type { Ed25519Key } from "./terms.js";
import { successionText } from "./signed-texts.js";

/** What is trusted of a user: a version of their key, and the recovery key that was in force with it. */
export type TrustedKey = Pick<LoggedVersion, "version" | "key" | "recovery">;

/** The same, when the recovery key that was in force then has not been seen. */
export type SeenKey = Omit<TrustedKey, "recovery"> & { readonly recovery: TrustedKey["recovery"] | "unseen" };

/** Whose log it is, at which directory. */
export interface LogOwner {
  readonly directory: Ed25519Key;
  readonly name: string;
}

type Verify = (signature: Uint8Array, text: Uint8Array, key: Ed25519Key) => boolean | Promise<boolean>;

interface Proof<T> {
  readonly owner: LogOwner;
  readonly trusted: T;
  readonly verify: Verify;
}

/**
 * The last version of `log`, which is whole and begins with version 1, if every one after the `trusted` one is proven:
 * a rotation by the signature of the key before, a recovery by that of a recovery key which was in force at the trusted
 * version or has been proven since, and has not been ended by a recovery. What is not proven may be the directory's
 * invention, or the user's recovery with a key that nobody here has seen: people must compare.
 */
export async function provenBy(
  log: readonly LoggedVersion[],
  proof: Proof<TrustedKey>,
): Promise<TrustedKey | undefined> {
  const last = await provenUpTo(log, proof);
  return last?.version === log.length ? last : undefined;
}

/** The last version that is proven so, all before it too; `undefined` when the log is not whole, or not that of the trusted key. */
export async function provenUpTo(
  log: readonly LoggedVersion[],
  { owner, trusted, verify }: Proof<SeenKey>,
): Promise<TrustedKey | undefined> {
  const known = log[trusted.version - 1];
  if (log.some(({ version }, index) => version !== index + 1) || known === undefined) return undefined;
  if (!isSame(known.key, trusted.key)) return undefined;
  if (trusted.recovery !== "unseen" && !isSame(known.recovery, trusted.recovery)) return undefined;
  let isSeen = trusted.recovery !== "unseen";
  let current: TrustedKey = { version: known.version, key: known.key, recovery: known.recovery };
  let rights: readonly (Ed25519Key | undefined)[] = isSeen ? [known.recovery] : [];
  for (const next of log.slice(trusted.version)) {
    const signers = next.by === "rotation" ? [current.key] : next.by === "recovery" ? rights : [];
    // The directory could bring an old recovery again, and with it a key that was given up.
    if (next.by === "recovery" && log.slice(0, next.version - 1).some(({ key }) => isSame(key, next.key))) break;
    const signed = await signatureOf(next, signers, { owner, before: current, verify });
    if (signed === undefined) break;
    isSeen ||= next.by === "recovery" || signed === "names";
    const right = isSeen ? [next.recovery] : [];
    rights = next.by === "recovery" ? right : [...rights, ...right];
    current = { version: next.version, key: next.key, recovery: next.recovery };
  }
  return current;
}

/** Has one of `signers` signed this version: and does what they signed name the recovery key, or leave the one that there was? */
async function signatureOf(
  { version, by, key, recovery, signature }: LoggedVersion,
  signers: readonly (Ed25519Key | undefined)[],
  { owner, before, verify }: { readonly owner: LogOwner; readonly before: TrustedKey; readonly verify: Verify },
): Promise<"names" | "leaves" | undefined> {
  if (by === "registration" || signature === undefined) return undefined;
  for (const signer of signers) {
    if (signer === undefined) continue;
    const kept = by === "rotation" ? before.recovery : signer;
    // What names none leaves the one that there was.
    const named = recovery === undefined && kept !== undefined ? [] : [recovery];
    for (const brought of isSame(recovery, kept) ? [undefined, recovery] : named) {
      const text = successionText(owner.directory, { name: owner.name, by, version, key, recovery: brought });
      if (await verify(signature, text, signer)) return brought === undefined ? "leaves" : "names";
    }
  }
  return undefined;
}

function isSame(one: Uint8Array | undefined, two: Uint8Array | undefined): boolean {
  if (one === undefined || two === undefined) return one === two;
  return one.length === two.length && one.every((byte, index) => byte === two[index]);
}
