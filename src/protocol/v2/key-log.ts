/** The log of a user's keys as it travels: `docs/protocol.md`, section 10. */
import type { UserName } from "./names.js";
import type { Ed25519Key } from "./terms.js";
import { bytes, flag, list, name, nullable, record, required, type Shape, tuple, uint, word } from "./shapes.js";

/** The action, with its number. */
export const KEY_LOG_ACTIONS = { keyLog: 26 } as const;

/** How a version of a key came, with its number. */
const CAME_BY = { registration: 0, rotation: 1, recovery: 2 } as const;

/** One version of a user's key. */
export interface LoggedVersion {
  readonly version: number;
  readonly by: keyof typeof CAME_BY;
  /** Hours since 1970, rounded up: when it came, so the directory says. */
  readonly hour: number;
  readonly key: Ed25519Key;
  /** In force with this version. */
  readonly recovery: Ed25519Key | undefined;
  /** Of `successionText`, by the key before or by a recovery key. A registration has none. */
  readonly signature: Uint8Array | undefined;
}

/** The body of the request: the versions from `from` on. */
export interface KeyLogBodies {
  readonly keyLog: { readonly name: UserName; readonly from: number };
}

/** What it is answered with: nothing for nobody, and for users of v1, whose keys never change. */
export interface KeyLogAnswers {
  readonly keyLog: { readonly versions: readonly LoggedVersion[]; readonly more: boolean };
}

const key = bytes(32);

export const KEY_LOG_BODIES: { readonly [A in keyof KeyLogBodies]: Shape<KeyLogBodies[A]> } = {
  keyLog: record<KeyLogBodies["keyLog"]>({ name: required(0, name), from: required(1, uint(1)) }),
};

export const KEY_LOG_ANSWERS: { readonly [A in keyof KeyLogAnswers]: Shape<KeyLogAnswers[A]> } = {
  keyLog: record<KeyLogAnswers["keyLog"]>({
    versions: required(
      0,
      list(
        tuple<LoggedVersion>({
          version: uint(1),
          by: word(CAME_BY),
          hour: uint(),
          key,
          recovery: nullable(key),
          signature: nullable(bytes(64)),
        }),
      ),
    ),
    more: flag(1),
  }),
};
