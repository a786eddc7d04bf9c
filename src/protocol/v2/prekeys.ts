/**
 * Prekeys as they travel: keys with which others begin a conversation while their owner is away. `docs/protocol.md`
 * has a section on them. The keys are opaque: those of X3DH as well as whole KeyPackages of MLS.
 */
import { type Cbor, encodeCbor } from "./cbor.js";
import type { UserName } from "./names.js";
import type { StatedUser } from "./stated-user.js";
import type { Nothing } from "./terms.js";
import {
  bytes,
  flag,
  list,
  name,
  optional,
  orUndefined,
  record,
  required,
  type Shape,
  tuple,
  uint,
  where,
} from "./shapes.js";
import { presentUser } from "./stated-user.js";

/** The actions of prekeys, with their numbers. */
export const PREKEY_ACTIONS = { publish: 23, take: 24, prekeys: 25 } as const;

/** Bytes of a prekey, at most. */
export const PREKEY_BYTES = 1_024;
/** One-time prekeys of one `publish`, at most. */
export const PREKEYS_AT_ONCE = 50;
/** Of so many one-time prekeys, the first by their ids, one is given. */
export const PREKEY_CHOICE = 8;
const SIGNATURE_BYTES = 64;
const DIGEST_BYTES = 32;

/** The kinds of prekeys that are signed, with their numbers in the text that is signed. */
export const SIGNED_PREKEY_KINDS = { signed: 0, lastResort: 1 } as const;
export type SignedPrekeyKind = keyof typeof SIGNED_PREKEY_KINDS;

/** A prekey that is given to one user. `id` is its owner's number for it. */
export interface Prekey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** A prekey that is given to many, with the signature of its owner's identity key (`prekeyText`). */
export interface SignedPrekey extends Prekey {
  readonly signature: Uint8Array;
}

/** A signed prekey and its age. */
export interface AgedPrekey extends SignedPrekey {
  /** Hours since 1970, rounded up: when it was published. */
  readonly hour: number;
}

/** Which prekey is there, and since when, as above. */
export type PublishedPrekey = Pick<AgedPrekey, "id" | "hour">;

/** The bodies of the requests. */
export interface PrekeyBodies {
  /** What is published takes the place of what is there, of its kind and for one-time prekeys of its id. */
  readonly publish: {
    readonly signed?: SignedPrekey;
    readonly lastResort?: SignedPrekey;
    /** In the order of their ids. */
    readonly oneTime: readonly Prekey[];
    /** The one-time prekeys that were there before are dropped. */
    readonly replace: boolean;
  };
  readonly take: { readonly name: UserName };
  readonly prekeys: Nothing;
}

/** What each request is answered with. */
export interface PrekeyAnswers {
  /** How many one-time prekeys there are now. */
  readonly publish: { readonly count: number };
  readonly take: {
    readonly user: StatedUser;
    readonly signed: AgedPrekey | undefined;
    /** Given to nobody else. */
    readonly oneTime: Prekey | undefined;
    /** In the place of a one-time prekey, if there is one. */
    readonly lastResort: SignedPrekey | undefined;
  };
  readonly prekeys: {
    /** One-time prekeys that nobody has taken, and how many there can be. */
    readonly count: number;
    readonly most: number;
    readonly signed: PublishedPrekey | undefined;
    readonly lastResort: PublishedPrekey | undefined;
    /** SHA-256 of `prekeysText`. */
    readonly digest: Uint8Array;
  };
}

const number = uint();
const key = bytes(1, PREKEY_BYTES);
const signature = bytes(SIGNATURE_BYTES);
const prekey = tuple<Prekey>({ id: number, key });
const signedPrekey = tuple<SignedPrekey>({ id: number, key, signature });
const agedPrekey = tuple<AgedPrekey>({ id: number, key, signature, hour: number });
const published = tuple<PublishedPrekey>({ id: number, hour: number });

/** Prekeys whose ids ascend. */
const batch = where(list(prekey, 0, PREKEYS_AT_ONCE), (prekeys) =>
  prekeys.every(({ id }, index) => index === 0 || id > (prekeys[index - 1]?.id ?? id)),
);

export const PREKEY_BODIES: { readonly [A in keyof PrekeyBodies]: Shape<PrekeyBodies[A]> } = {
  publish: record<PrekeyBodies["publish"]>({
    signed: optional(0, signedPrekey),
    lastResort: optional(1, signedPrekey),
    oneTime: required(2, batch),
    replace: flag(3),
  }),
  take: record<PrekeyBodies["take"]>({ name: required(0, name) }),
  prekeys: record<Nothing>({}),
};

export const PREKEY_ANSWERS: { readonly [A in keyof PrekeyAnswers]: Shape<PrekeyAnswers[A]> } = {
  publish: record<PrekeyAnswers["publish"]>({ count: required(0, number) }),
  take: record<PrekeyAnswers["take"]>({
    user: required(0, presentUser),
    signed: orUndefined(1, agedPrekey),
    oneTime: orUndefined(2, prekey),
    lastResort: orUndefined(3, signedPrekey),
  }),
  prekeys: record<PrekeyAnswers["prekeys"]>({
    count: required(0, number),
    signed: orUndefined(1, published),
    lastResort: orUndefined(2, published),
    digest: required(3, bytes(DIGEST_BYTES)),
    most: required(4, number),
  }),
};

/** What the digest in the answer to `prekeys` is of: all that is published, the one-time prekeys in the order of their ids. */
export function prekeysText({
  signed,
  lastResort,
  oneTime,
}: {
  readonly signed: Prekey | undefined;
  readonly lastResort: Prekey | undefined;
  readonly oneTime: readonly Prekey[];
}): Uint8Array {
  const item = (of: Prekey | undefined): Cbor => (of === undefined ? null : prekey.encode(of));
  return encodeCbor(["NymDirectory prekeys", 2, item(signed), item(lastResort), oneTime.map(item)]);
}
