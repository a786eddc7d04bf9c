/** Which names a v1 user can have. What is no such name is never looked up: nobody can be registered under it. */

/** Longest username, in characters. */
const MAX_USERNAME_LENGTH = 64;

/** Is `text` 1 to 64 characters of `[A-Za-z0-9_-]`? */
export function isUsername(text: string): boolean {
  return text.length <= MAX_USERNAME_LENGTH && /^[A-Za-z0-9_-]+$/.test(text);
}
