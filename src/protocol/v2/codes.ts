/** The closed list of v2 result codes, and what a client should do about each. `docs/protocol.md` holds the same table. */

/** What a client that gets a code does next. */
export type Advice =
  /** Nothing: it is done. */
  | "done"
  /** The same request again, with the same id, later (after `after` seconds, if the reply says so). */
  | "retry"
  /** Ask for `info` first: the clock, the epoch or the limits are not what the client believes. Then the same request, signed anew. */
  | "refresh"
  /** The request will never succeed as it is. */
  | "give-up";

/** Every code: its number on the wire, and the advice. */
export const RESULTS = {
  ok: { code: 0, advice: "done" },
  /** The envelope was understood, the body was not. */
  malformed: { code: 1, advice: "give-up" },
  /** An action that this directory does not know. */
  unknownAction: { code: 2, advice: "give-up" },
  /** No such user, no such key version, another epoch, or the signature does not hold: which of them is not told. */
  unauthorized: { code: 3, advice: "refresh" },
  /** The time of the signature lies outside the window. */
  outsideWindow: { code: 4, advice: "refresh" },
  /** The challenge has expired, or was made for something else: begin with `register` or `login` again. */
  challengeInvalid: { code: 5, advice: "give-up" },
  /** This request id was used for another request. */
  idReused: { code: 6, advice: "give-up" },
  /** The name is taken, reserved, or held after its release. */
  nameUnavailable: { code: 7, advice: "give-up" },
  nameInvalid: { code: 8, advice: "give-up" },
  /** A public key that is not canonical, has a torsion part, or was not proven to be the client's. */
  keyInvalid: { code: 9, advice: "give-up" },
  /** The recipient does not exist. */
  notFound: { code: 10, advice: "give-up" },
  tooLarge: { code: 11, advice: "give-up" },
  /** The recipient speaks v1 only, and cannot be sent this body. */
  recipientV1: { code: 12, advice: "give-up" },
  /** The recipient's mailbox is full, or the sender's share of it. */
  mailboxFull: { code: 13, advice: "retry" },
  /** The recovery key has no right to this any more. */
  recoveryClosed: { code: 14, advice: "give-up" },
  /** Over a limit of this user or of everybody together. */
  limited: { code: 15, advice: "retry" },
  /** Others changed the same rows all the time. */
  busy: { code: 16, advice: "retry" },
  /** The store cannot write or read, or the operator has stopped registrations. */
  unavailable: { code: 17, advice: "retry" },
  /** A token is required, and this is none: its price is in `info`. Reserved. */
  tokenRequired: { code: 18, advice: "give-up" },
  /** There is nothing that this could be done to, or it is so already. */
  notApplicable: { code: 19, advice: "give-up" },
  /** The group has changed since: read its log, and decide again. */
  outdated: { code: 20, advice: "give-up" },
  /** A role or a policy does not allow it. */
  notPermitted: { code: 21, advice: "give-up" },
  /** Another handshake message has ended this epoch of the group. */
  epochTaken: { code: 22, advice: "give-up" },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly advice: Advice }>>;

/** The name of a result. */
export type Result = keyof typeof RESULTS;
/** The name of a result that is an error. */
export type ErrorResult = Exclude<Result, "ok">;
