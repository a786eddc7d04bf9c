/** Nonces: what a user signs to prove that a key is theirs. */

/**
 * Is it 32 lowercase hex characters? A client signs nothing else that is offered as a nonce: the signature covers the bare
 * text, so any other text could be a message in the user's name.
 */
export function isNonce(text: unknown): text is string {
  return typeof text === "string" && text.length === 32 && /^[0-9a-f]+$/.test(text);
}
