/** What is in a mailbox, as it travels, and how many bytes it takes there: pages are packed to the byte. */
import { id } from "./bodies.js";
import { cborBytes } from "./cbor.js";
import { groupId } from "./groups.js";
import { CONTACT_ITEM, contactItem } from "./contacts.js";
import type { FinalState, Item, ItemPage } from "./reply.js";
import {
  bytes,
  flag,
  itemsOf,
  list,
  name,
  nullable,
  orUndefined,
  record,
  required,
  type Shape,
  ShapeError,
  text,
  tuple,
  uint,
  word,
} from "./shapes.js";

/** The numbers of what can become of a message at last; those of `docs/protocol.md`, also in stored receipts. */
export const FINAL_STATES: Readonly<Record<FinalState, number>> = { delivered: 2, expired: 3, handedOver: 4 };

/** Numbers of the kinds of items, which come second in each. */
const KINDS = {
  ...{ message: 0, v1: 1, receipt: 2, contact: CONTACT_ITEM, prekeys: 4, groupMessage: 5, groupEvent: 6 },
} as const satisfies Readonly<Record<Item["kind"], number>>;

type ItemOf<K extends Item["kind"]> = Extract<Item, { readonly kind: K }>;
const sequence = uint();
const message = tuple<ItemOf<"message">>({
  sequence,
  kind: word({ message: KINDS.message }),
  sender: name,
  keyVersion: uint(),
  id,
  body: bytes(0, Number.MAX_SAFE_INTEGER),
});
const v1 = tuple<ItemOf<"v1">>({
  sequence,
  kind: word({ v1: KINDS.v1 }),
  dialect: word({ long: 0, compact: 1 }),
  content: text,
});
const receipt = tuple<ItemOf<"receipt">>({
  sequence,
  kind: word({ receipt: KINDS.receipt }),
  id,
  state: word(FINAL_STATES),
});
const groupMessage = tuple<ItemOf<"groupMessage">>({
  sequence,
  kind: word({ groupMessage: KINDS.groupMessage }),
  group: groupId,
  sender: name,
  keyVersion: uint(),
  id,
  body: bytes(0, Number.MAX_SAFE_INTEGER),
  epoch: nullable(uint()),
});
const groupEvent = tuple<ItemOf<"groupEvent">>({
  sequence,
  kind: word({ groupEvent: KINDS.groupEvent }),
  group: groupId,
  groupSequence: uint(),
});

const prekeys = tuple<ItemOf<"prekeys">>({
  sequence,
  kind: word({ prekeys: KINDS.prekeys }),
  count: uint(),
});

/** What is in a mailbox. */
export const item: Shape<Item> = {
  encode(value) {
    switch (value.kind) {
      case "message":
        return message.encode(value);
      case "v1":
        return v1.encode(value);
      case "receipt":
        return receipt.encode(value);
      case "prekeys":
        return prekeys.encode(value);
      case "groupMessage":
        return groupMessage.encode(value);
      case "groupEvent":
        return groupEvent.encode(value);
      case "contact":
        return contactItem.encode(value);
    }
  },
  decode(read) {
    switch (itemsOf(read, 2, Number.MAX_SAFE_INTEGER)[1]) {
      case KINDS.message:
        return message.decode(read);
      case KINDS.v1:
        return v1.decode(read);
      case KINDS.receipt:
        return receipt.decode(read);
      case KINDS.prekeys:
        return prekeys.decode(read);
      case KINDS.groupMessage:
        return groupMessage.decode(read);
      case KINDS.groupEvent:
        return groupEvent.decode(read);
      case KINDS.contact:
        return contactItem.decode(read);
      default:
        throw new ShapeError();
    }
  },
};

/** A page of a mailbox. */
export const page: Shape<ItemPage> = record<ItemPage>({
  items: required(0, list(item)),
  more: flag(1),
  fullSince: orUndefined(2, uint()),
});

/** The most that a page takes besides its items, of which there are at most 65,535: with `more`, and an hour before the year 490,000. */
const PAGE_BYTES = 1 + (1 + 3) + (1 + 1) + (1 + 5);
/** The most that a push takes besides its items, in bytes. */
export const EMPTY_PUSH_BYTES = 1 + (1 + 1) + (1 + 1) + (1 + 17) + 1 + PAGE_BYTES;
/** The most that the reply to a `fetch` takes besides its items, in bytes. */
export const EMPTY_FETCH_BYTES = 1 + (1 + 1) + (1 + 1) + (1 + 17) + (1 + 1) + 1 + PAGE_BYTES;

/** Bytes of an item in a page. */
export function itemBytes(of: Item): number {
  return cborBytes(item.encode(of));
}
