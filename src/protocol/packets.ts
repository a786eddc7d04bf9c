/**
 * What messages cost in Sphinx packets, as counted at a mix node of a real network. The packet is the unit of cost: a
 * Nym client sends about 50 of them a second, and each packet of a reply spends one SURB.
 */

/** Bytes of message in one packet, before the framing of a message is taken off. */
export const PACKET_BYTES = 1604;
const PLAIN_FRAMING_BYTES = 2;
/** Bytes that the framing of a reply takes from its first packet. */
export const REPLY_FRAMING_BYTES = 3;
const ANONYMOUS_FRAMING_BYTES = 23;
/** Bytes that one attached reply SURB takes from an anonymous message. */
export const SURB_BYTES = 460;

/** Packets, and so SURBs, of a reply of `bytes` bytes: 1,601 fit one. */
export function replyPackets(bytes: number): number {
  return Math.ceil((bytes + REPLY_FRAMING_BYTES) / PACKET_BYTES);
}

/** Packets of a plain message of `bytes` bytes. */
export function plainPackets(bytes: number): number {
  return Math.ceil((bytes + PLAIN_FRAMING_BYTES) / PACKET_BYTES);
}

/** Packets of an anonymous message of `bytes` bytes with `surbs` reply SURBs attached. */
export function anonymousPackets(bytes: number, surbs: number): number {
  return Math.ceil((bytes + ANONYMOUS_FRAMING_BYTES + surbs * SURB_BYTES) / PACKET_BYTES);
}
