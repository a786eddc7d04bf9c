/**
 * Takes out of a text whatever could be a Nym address, a senderTag, a key, a host or a path of the operator: by an
 * allow-list, so that what merely looks unlike a word, a number or a place in source code is gone as well.
 */

/** What stands where something was taken out. */
export const REDACTED = "[redacted]";

/** Runs of the characters that addresses, keys, hosts, paths and identifiers are made of. */
const CLUSTER = /[\w.:/@+=%~\\-]+/g;
/** Eight bytes or more, printed one by one. */
const BYTE_LIST = /(?:(?:0x)?[0-9a-f]{1,3}[\s,;:]+){7,}(?:0x)?[0-9a-f]{1,3}(?![0-9a-z])/gi;
const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g;
const UNPRINTABLE = /[^\x20-\x7e]+/g;

const LOOPBACK = /^(?:(?:ws|http)s?:\/\/)?(?:127\.0\.0\.1|localhost|0\.0\.0\.0|::1)(?::\d{1,5})?(?:\/[a-z]{0,12})?$/;
const IP = /\d{1,3}(?:\.\d{1,3}){3}|^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*$/i;
const SOURCE_PLACE = /\.(?:rs|js|ts|toml|json|pem|db|sqlite)(?::\d+)*$/;
const DOMAIN = /^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?$/i;

/** Shorter than any 16 bytes in base58 (16 characters at least), base64 or hex. */
const HARMLESS_LENGTH = 15;
const WORD = /^(?:[A-Z]?[a-z]{0,19}|[A-Z]{1,15}s?)$/;
const NUMBER = /^\d{1,10}$/;
const NUMBERED_WORD = /^(?:[A-Za-z]?[a-z]{0,9}\d{1,5}|\d{1,6}[A-Za-z]{1,3})$/;
const SHORT_IDENTIFIER = /^[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,}){1,3}$/;
/** Longer identifiers of the Nym client cannot be told from a tag by their shape. */
const KNOWN_IDENTIFIERS: ReadonlySet<string> = new Set([
  "AcknowledgementListener",
  "LoopCoverTrafficStream",
  "MixTrafficController",
  "OutQueueControl",
  "PersistentReplyStorage",
  "ReceivedMessagesBuffer",
  "RetransmissionRequestListener",
  "TopologyRefresher",
]);

/** The text on one line of plain ASCII, with what could identify anyone replaced. Applying it again changes nothing. */
export function redact(text: string): string {
  return text
    .replace(COLOUR, "")
    .replace(UNPRINTABLE, " ")
    .replace(BYTE_LIST, REDACTED)
    .replace(CLUSTER, redactCluster)
    .trim();
}

function redactCluster(cluster: string): string {
  const core = cluster.replace(/[.:/=-]+$/, "");
  const trailing = cluster.slice(core.length);
  if (LOOPBACK.test(core)) return cluster;
  if (core.includes("://") || core.includes("\\") || core.includes("@") || IP.test(core)) return REDACTED + trailing;
  if (DOMAIN.test(core) && !SOURCE_PLACE.test(core)) return REDACTED + trailing;
  if (!isHarmless(core)) return REDACTED + trailing;
  const isFolder = core.startsWith("/") || core.startsWith("~");
  return isFolder ? `.../${core.slice(core.lastIndexOf("/") + 1)}${trailing}` : cluster;
}

function isHarmless(cluster: string): boolean {
  const pieces = cluster.split(/[^A-Za-z0-9]+/).filter((piece) => piece !== "");
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return length <= HARMLESS_LENGTH || (!cluster.includes("+") && pieces.every(isPlain));
}

function isPlain(piece: string): boolean {
  if (WORD.test(piece) || NUMBER.test(piece) || NUMBERED_WORD.test(piece)) return true;
  return (piece.length <= HARMLESS_LENGTH && SHORT_IDENTIFIER.test(piece)) || KNOWN_IDENTIFIERS.has(piece);
}
