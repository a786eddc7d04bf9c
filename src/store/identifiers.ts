/** By what users are known to the store. */

/** A user: never reused, and the only reference to a user in any table. */
export type UserId = number & { readonly __brand: "UserId" };
/** A delivery's position in its recipient's mailbox; assigned at commit, growing, unique for the recipient. */
export type Sequence = number & { readonly __brand: "Sequence" };

/** A name folded to the form that is unique: see `foldName`. */
export type FoldedName = string & { readonly __brand: "FoldedName" };

/** The unique form of a name: ASCII lower case (names are `[A-Za-z0-9_-]`, so nothing else folds). */
export function foldName(name: string): FoldedName {
  return name.toLowerCase() as FoldedName;
}
