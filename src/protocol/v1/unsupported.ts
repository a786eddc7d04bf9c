/**
 * The actions that shipped clients can build and no directory has ever served: they name no user, and sign nothing that
 * could be checked safely. Each is answered by name. Only the long form has them.
 */

export const UNSUPPORTED_ACTIONS = ["update", "createGroup", "inviteGroup", "sendGroup"] as const;
/** One of them. */
export type UnsupportedAction = (typeof UNSUPPORTED_ACTIONS)[number];

/** What they are answered. */
const CONTENT = "error: not supported";

/** The reply to one of them. */
export interface UnsupportedReply {
  readonly dialect: "long";
  readonly kind: `${UnsupportedAction}Response`;
}

const KINDS: ReadonlySet<string> = new Set(UNSUPPORTED_ACTIONS.map((action) => `${action}Response`));

/** The reply to this action. */
export function unsupportedReply(action: UnsupportedAction): UnsupportedReply {
  return { dialect: "long", kind: `${action}Response` };
}

/** The action, if it is one of them. */
export function unsupportedAction(action: unknown): UnsupportedAction | undefined {
  return UNSUPPORTED_ACTIONS.find((known) => known === action);
}

/** The JSON text of the reply, as `encodeLongReply` has it. */
export function encodeUnsupportedReply({ kind }: UnsupportedReply, sign: (content: string) => string): string {
  const context = kind === "updateResponse" ? "update" : "group";
  return `{"action": "${kind}", "content": "${CONTENT}", "context": "${context}", "signature": "${sign(CONTENT)}"}`;
}

/** Is it one of these? */
export function isUnsupported(reply: { readonly kind: string }): reply is UnsupportedReply {
  return KINDS.has(reply.kind);
}
