/**
 * Numbers and keys in a form whose size never changes. SQLite overwrites a row in place as long as it does not grow; one
 * that grows may push its neighbours to other pages, and the copies that stay in the unused part of the old ones are
 * erased by nobody. So whatever of a row can change is stored as wide as it can become.
 */

/** What is added to a key version. */
export const KEY_VERSION_BASE = 2 ** 24;
/** What is added to the code of an outcome. */
export const CODE_BASE = 256;
/** Bytes of a recovery key (DER, Ed25519); as many zero bytes stand for none. */
export const RECOVERY_KEY_BYTES = 44;
