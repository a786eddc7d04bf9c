/** Names as v2 writes them: the rule of v1, so that each name is one user's whatever the protocol. */

/** 1 to 64 characters of `[A-Za-z0-9_-]`, in the letters that its writer chose. */
export type UserName = string & { readonly __brand: "UserName" };

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The name, or `undefined` if it is none. */
export function userName(text: unknown): UserName | undefined {
  return typeof text === "string" && NAME.test(text) ? (text as UserName) : undefined;
}

/** Names are the same user's whatever their case. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
