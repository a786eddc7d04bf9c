/**
 * How many reply SURBs a request brings. Each costs 460 bytes of the request and carries one packet of an answer, so a
 * request brings what its answer needs and one more, which keeps the directory's Nym client (its reserve is 1) from asking.
 * Shipped clients attach 10 to everything, and pay three packets for a look-up that takes one.
 */
import { PACKET_BYTES, SURB_BYTES, anonymousPackets } from "../protocol/packets.js";

/** What a request is for, as far as its SURBs go. */
export type SurbNeed =
  /** One answer of one packet. A look-up, `register` or `login` of usual length is one packet with these two. */
  | "answer"
  /** The answer, and messages of others that may follow it for as long as the route lives: what fits without a packet more. */
  | "answerAndPushes"
  /** Everything that waited for us, after a log-in or when what we gave is used up: as many as a shipped client. */
  | "mailbox";

/** SURBs that the need calls for; a request may get more, see `surbsFor`. */
const SURBS: Readonly<Record<SurbNeed, number>> = { answer: 2, answerAndPushes: 2, mailbox: 9 };

/**
 * SURBs to attach to a request of `bytes` bytes. A `send` of a short text (about 1 kB) is two packets and so brings four
 * SURBs; a `loginResponse` is three packets with its nine (with ten it would be four).
 */
export function surbsFor(need: SurbNeed, bytes: number): number {
  return need === "answer" ? SURBS[need] : fillingSurbs(SURBS[need], bytes);
}

/** At least `needed` SURBs for a request of `bytes` bytes, and those that its last packet has room for: they cost nothing there. */
export function fillingSurbs(needed: number, bytes: number): number {
  const packets = anonymousPackets(bytes, needed);
  let surbs = needed + Math.floor(PACKET_BYTES / SURB_BYTES);
  while (anonymousPackets(bytes, surbs) > packets) surbs--;
  return surbs;
}
