/** What an account tells: its news, which are kept until they were read, and events, for a display, a log or a test. */
import type { NymAddress } from "../../protocol/nym-client/address.js";
import type { ToldVerb } from "../../protocol/v2/contacts.js";
import type { GroupChange } from "../../protocol/v2/groups.js";
import type { V2Action } from "../../protocol/v2/request.js";
import type { AccountErrorCode } from "./account-error.js";

/** What became of a message of ours. `handedOver`: to a recipient of v1, who cannot acknowledge. */
export type Fate = "stored" | "delivered" | "expired" | "handedOver" | "failed";

/** What happened, each once. Ids are 32 hexadecimal digits; times are milliseconds since 1970. */
export type News =
  | {
      readonly kind: "message";
      readonly id: string;
      /** As registered. */
      readonly sender: string;
      readonly text: string;
      /** When it was written, says its sender. */
      readonly at: number;
      /** Was the sender's key unknown before? Then it is trusted from now on. */
      readonly firstContact: boolean;
    }
  | {
      /** Somebody asks to be a contact, or has accepted that we asked. */
      readonly kind: "contact";
      readonly verb: ToldVerb;
      /** Of what they did. */
      readonly id: string;
      /** As registered. */
      readonly name: string;
      /** What they wrote to it, signed by the key that we trust for them. */
      readonly note?: string;
    }
  | {
      /** A group of ours has changed, or one that has to do with us. */
      readonly kind: "groupChanged";
      /** Of the group and its change, as one text. */
      readonly id: string;
      /** Its id, as in `groups`. */
      readonly group: string;
      readonly sequence: number;
      /** Who has done what; missing when it is not ours to read any more, or was not signed by whom it says. */
      readonly actor?: string;
      readonly change?: GroupChange;
    }
  | {
      /** Few of our one-time prekeys are left: publish more. Told once after each publication. */
      readonly kind: "prekeysLow";
      /** Of the notice. */
      readonly id: string;
      /** How many there were then. */
      readonly left: number;
    }
  | {
      /** Somebody has said something in a group. */
      readonly kind: "groupMessage";
      readonly id: string;
      /** Its id, as in `groups`. */
      readonly group: string;
      /** As registered. */
      readonly sender: string;
      readonly text: string;
      /** When it was written, says its sender. */
      readonly at: number;
      /** As of a message. */
      readonly firstContact: boolean;
    }
  | {
      /** Somebody has ended an epoch of a group. What it is for is the members' business: nobody but the directory vouches for who. */
      readonly kind: "handshake";
      readonly id: string;
      readonly group: string;
      readonly sender: string;
      /** The one that it has ended. */
      readonly epoch: number;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: "fate";
      /** That `send` gave. */
      readonly id: string;
      /** As it was given to `send`. */
      readonly recipient: string;
      /** Is it the id of a group? */
      readonly toGroup: boolean;
      readonly fate: Fate;
      /** Why it failed. */
      readonly code?: AccountErrorCode;
    };

/** Why a message, or the note of somebody who asks to be a contact, is not shown. */
export type Refusal =
  /** It is from a v1 user, whose messages no v2 user can read: v2 users have no P-256 key. */
  | "v1"
  /** It hands us a key for a group, or asks for one, and its sender is not in that group. */
  | "notMember"
  /** Not in a form that is known. */
  | "malformed"
  /** Nobody is registered under the name that it bears, or a v1 user is. */
  | "unknownSender"
  /** Not signed by the holder of the sender's key. */
  | "unsigned"
  /** Not encrypted to us, or damaged. */
  | "unreadable";

/** Something that happened. Sizes are bytes of plaintext, SURBs and Sphinx packets. */
export type AccountEvent =
  | { readonly type: "connected"; readonly address: NymAddress }
  | { readonly type: "disconnected" }
  /** The directory knows where we are: messages come here from now on. */
  | { readonly type: "loggedIn" }
  /** It does not, and why. */
  | { readonly type: "loggedOut"; readonly code: AccountErrorCode }
  | {
      readonly type: "sent";
      readonly action: V2Action;
      readonly to: NymAddress;
      readonly bytes: number;
      readonly surbs: number;
      readonly packets: number;
    }
  | { readonly type: "received"; readonly action: V2Action | "push"; readonly bytes: number; readonly packets: number }
  /** `foreign`: nothing of v2. `forged`: not from the directory. `stray`: nobody waits for it any more. */
  | { readonly type: "dropped"; readonly reason: "foreign" | "forged" | "stray" }
  /** A message that came, or a note, is not shown. */
  | { readonly type: "refused"; readonly reason: Refusal; readonly sender: string | undefined }
  /** The contact has another key now: what came from them or hangs on what they did, and what is to go to them, waits until that is trusted. */
  | { readonly type: "keyChanged"; readonly contact: string }
  /** A message of theirs to a group waits until they have handed us its key, for which they were asked. */
  | { readonly type: "keyAsked"; readonly sender: string }
  /** Messages to us were refused, since that hour (milliseconds since 1970), because our mailbox was full. */
  | { readonly type: "mailboxWasFull"; readonly since: number };
