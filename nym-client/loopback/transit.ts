/** A message on its way through the mixnet: cut into packets, and whole again once each of them has arrived. */
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** SURBs that travel with a message: single-use, they die with the key rotation in which they were made. */
export interface SurbGrant {
  readonly count: number;
  /** Whose they are, and the key ring with which that client will open what comes by them. */
  readonly owner: NymAddress;
  readonly keyRing: number;
  readonly rotation: number;
}

/** What a message is to the client that receives it. */
export type Content =
  | { readonly kind: "plain"; readonly message: Buffer }
  | {
      readonly kind: "anonymous";
      readonly senderTag: SenderTag;
      readonly surbs: SurbGrant;
      readonly message: Buffer;
    }
  /** Opened with the keys of the SURBs it came by. */
  | { readonly kind: "reply"; readonly keyRing: number; readonly message: Buffer }
  /** A reply that the application never sees: "send me `amount` SURBs more, to this address". */
  | { readonly kind: "surbRequest"; readonly keyRing: number; readonly asker: NymAddress; readonly amount: number }
  | { readonly kind: "freshSurbs"; readonly senderTag: SenderTag; readonly surbs: SurbGrant };

/** A message under way. */
export interface Transit {
  readonly to: NymAddress;
  readonly content: Content;
  readonly packets: number;
  /** Packets that have not arrived yet; `Infinity` once it has been given up. */
  missing: number;
  /** When the last of those that have arrived did, or will; the time of the agenda. */
  arrivesAt: number;
  /** The senderTag whose SURBs carry it: a lost packet is sent again with another of them. */
  readonly by: SenderTag | undefined;
}

/** A message of which no packet has been sent yet. */
export function newTransit(to: NymAddress, content: Content, packets: number, by?: SenderTag): Transit {
  return { to, content, packets, missing: packets, arrivesAt: 0, by };
}

/** Whether an application has sent it, and not a client of its own accord. */
export function isData({ content }: Transit): boolean {
  return content.kind === "plain" || content.kind === "anonymous" || content.kind === "reply";
}

/** Gives a message up for good. Returns 1 for an application's, the first time, and 0 otherwise: what is to be counted. */
export function abandon(transit: Transit): 0 | 1 {
  if (transit.missing === Infinity) return 0;
  transit.missing = Infinity;
  return isData(transit) ? 1 : 0;
}
