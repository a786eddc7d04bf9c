/**
 * The gate: what passes between the directory and its Nym client, seen from the mixnet's side, in order. Checks what can
 * only be seen there: how many packets each tag's SURBs paid for, in which order requests are answered, that nothing is
 * handed over again once its acknowledgement was answered, and that nobody's items go where their route is not.
 */
import type { Watcher } from "../../nym-client/loopback/client.js";
import { PACKET_BYTES, REPLY_FRAMING_BYTES, replyPackets } from "../../src/protocol/packets.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import { decodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { decodeRequest } from "../../src/protocol/v2/request-codec.js";
import { type Asked, hex, type Ledger, type Person, type Tick } from "./ledger.js";

/** What is known of one senderTag. */
interface TagBook {
  surbs: number;
  packets: number;
  person: Person | undefined;
  /** Ids of requests in the order in which they came, each as often as it came, that are not answered yet. */
  readonly waiting: string[];
  /** Those of them that had come to an earlier run of the Nym client as well: they may be answered at any time, or never. */
  readonly earlier: Set<string>;
  readonly answered: Set<string>;
  /** When proofs that came by this tag had come first. */
  readonly proofs: Map<string, number>;
}

/** What ends a route; a key that changes is one of them. */
const ENDING: ReadonlySet<string> = new Set(["logout", "rotate", "recover", "release"]);

/** The gate of one run. */
export class Gate implements Required<Watcher> {
  /** Replies may be repeated: the connection was lost, and nobody can tell whether they had gone out. */
  repetitions = false;
  readonly #ledger: Ledger;
  readonly #tags = new Map<string, TagBook>();
  /** To which tag each challenge was sent. */
  readonly #challenges = new Map<string, string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The Nym client was restarted: what it had taken in is forgotten, or answered out of turn. */
  restarted(): void {
    for (const book of this.#tags.values()) {
      for (const id of book.waiting.splice(0)) book.earlier.add(id);
    }
  }

  readonly onMessage = (tag: string | undefined, message: Buffer, surbs: number): void => {
    const { figures } = this.#ledger;
    const decoded = decodeRequest(message, { maxBytes: message.length });
    if (tag === undefined || decoded.ok === undefined) return;
    const book = this.#bookOf(tag);
    const id = hex(decoded.ok.id);
    const asked = this.#ledger.asked.get(id);
    if (asked === undefined) return;
    const tick = this.#ledger.now();
    this.#ledger.note(`${tag.slice(0, 4)} asks ${nameOf(asked, id)} with ${surbs} of ${decoded.ok.surbs} SURBs`);
    book.surbs += Math.max(surbs, decoded.ok.surbs);
    figures.surbsBrought += surbs;
    figures.surbsClaimedByCopies += Math.max(0, decoded.ok.surbs - surbs);
    book.person = asked.person;
    book.waiting.push(id);
    asked.received ??= tick;
    asked.latest = tick;
    if (asked.request.action === "prove") book.proofs.set(id, asked.received);
    if (asked.request.action !== "ack") return;
    for (const { first, last } of asked.request.body.ranges) {
      for (let sequence = first; sequence <= last; sequence++) asked.person.acknowledging.add(sequence);
    }
  };

  readonly onRequest: Required<Watcher>["onRequest"] = (request) => {
    if (request.type !== "reply") return;
    const { message } = request;
    const book = this.#bookOf(request.senderTag);
    const reply = decodeReply(message);
    this.#pay(book, message, reply !== undefined && reply.action !== "push" && this.#isRepeated(book, hex(reply.id)));
    if (reply === undefined) return this.#ledger.violation("the directory handed over what is no reply");
    this.#ledger.note(`${request.senderTag.slice(0, 4)} gets ${describe(reply)}`);
    if (reply.action !== "push") return this.#answer(request.senderTag, book, reply, message);
    if (book.person === undefined) return this.#ledger.violation("items were pushed to a tag that never asked");
    this.#pushed(request.senderTag, book, book.person);
    this.#items(book.person, reply.items, "push");
  };

  #isRepeated({ waiting, answered }: TagBook, id: string): boolean {
    return this.repetitions && answered.has(id) && !waiting.includes(id);
  }

  #pay(book: TagBook, message: Uint8Array, repeated: boolean): void {
    const { figures } = this.#ledger;
    const packets = replyPackets(message.length);
    figures.packetsDown += packets;
    if (repeated) figures.packetsRepeated += packets;
    else book.packets += packets;
    if ((message.length + REPLY_FRAMING_BYTES) % PACKET_BYTES !== 0)
      this.#ledger.violation("a message was not padded to whole packets");
    if (book.packets <= book.surbs) return;
    figures.packetsBeyondSurbs += book.packets - book.surbs;
    this.#ledger.violation(`${book.packets} packets were handed over for ${book.surbs} SURBs`);
  }

  /** Requests of one tag are answered in the order in which they came; some are never answered. */
  #answer(tag: string, book: TagBook, reply: ReceivedReply, message: Uint8Array): void {
    const id = hex(reply.id);
    const asked = this.#ledger.asked.get(id);
    const place = book.waiting.indexOf(id);
    if (book.earlier.has(id)) book.waiting.splice(place, place < 0 ? 0 : 1);
    else if (place >= 0) book.waiting.splice(0, place + 1);
    else if (!book.answered.has(id))
      this.#ledger.violation(`an answer to ${reply.action ?? "nothing"} came out of turn`);
    else if (!this.repetitions) this.#ledger.violation("a request was answered more often than it came");
    if (asked === undefined || book.person === undefined) return;
    book.answered.add(id);
    const first = !asked.answered;
    if (reply.result !== "ok") return;
    asked.answered = true;
    const { person, request } = asked;
    if (request.action === "fetch" && reply.action === "fetch") {
      const { items } = reply.answer;
      if (items.some(({ sequence }) => sequence <= request.body.after))
        this.#ledger.violation("a fetch brought what was not asked for");
      // One item alone may need more.
      if (items.length > 1 && replyPackets(message.length) > request.body.packets)
        this.#ledger.violation("a fetch brought more packets than were asked for");
      // What was asked by another tag before the acknowledgement was answered may have been read before it.
      this.#items(person, items, "fetch", asked.latest);
    } else if (request.action === "ack") {
      for (const { first: from, last } of request.body.ranges) {
        for (let sequence = from; sequence <= last; sequence++) {
          if (!person.acknowledged.has(sequence)) person.acknowledged.set(sequence, this.#ledger.now());
        }
      }
    } else if (reply.action === "register" || reply.action === "login") {
      this.#challenges.set(hex(reply.answer.challenge), tag);
    } else if (first) {
      this.#moveRoute(tag, asked);
    }
  }

  /** What was asked after the last such thing was answered decides; what was asked before may have come first or last. */
  #moveRoute(tag: string, { request, person, received = 0 }: Asked): void {
    const { route } = person;
    const certain = received > route.decided;
    if (request.action === "prove") {
      // Answered wherever it is repeated, but the route leads to where the challenge was sent.
      const to = this.#challenges.get(hex(request.body.challenge)) ?? tag;
      person.route = { tags: new Set(certain ? [to] : [...route.tags, to]), decided: this.#ledger.now() };
    } else if (ENDING.has(request.action) && certain) {
      person.route = { tags: new Set(), decided: this.#ledger.now() };
    }
  }

  #pushed(tag: string, { proofs }: TagBook, { route }: Person): void {
    if (route.tags.has(tag)) return;
    const later = [...proofs.values()].some((received) => received > route.decided);
    const unanswered = [...proofs.keys()].some((id) => this.#ledger.asked.get(id)?.answered !== true);
    if (!later && !unanswered)
      this.#ledger.violation(
        `items were pushed to ${route.tags.size === 0 ? "a user who has no route" : "an old tag"}`,
      );
  }

  #items(person: Person, items: readonly Item[], way: "push" | "fetch", asked: Tick = this.#ledger.now()): void {
    const { figures } = this.#ledger;
    let before = 0;
    for (const item of items) {
      figures.items++;
      const { sequence } = item;
      if (sequence <= before) this.#ledger.violation(`the items of a ${way} are not in their order`);
      before = sequence;
      if ((person.acknowledged.get(sequence) ?? Infinity) < asked) {
        figures.itemsAfterAcknowledgement++;
        this.#ledger.violation(`a ${way} brought item ${sequence} of ${person.name} after its acknowledgement`);
      }
      const name = this.#nameOf(person, item);
      const known = person.items.get(sequence);
      if (known === undefined && person.sequences.has(name))
        this.#ledger.violation(`${name} is in the mailbox of ${person.name} twice`);
      else if (known !== undefined && known !== name)
        this.#ledger.violation(`item ${sequence} of ${person.name} is ${known} and ${name}`);
      if (known !== undefined) figures.itemsAgain++;
      person.items.set(sequence, name);
      person.sequences.set(name, sequence);
    }
  }

  /** What makes an item the same item; checked against what was sent. */
  #nameOf(person: Person, item: Item): string {
    if (item.kind !== "message" && item.kind !== "receipt") return `${item.kind} item ${item.sequence}`;
    const id = hex(item.id);
    const message = this.#ledger.messages.get(id);
    if (item.kind === "message") {
      if (message?.to !== person) this.#ledger.violation(`${person.name} got a message that was not for them`);
      else if (message.from.name !== item.sender) this.#ledger.violation("a message has another sender than it had");
      else if (!message.body.equals(item.body)) this.#ledger.violation("a message has another body than it had");
      return `message ${id}`;
    }
    if (message?.from !== person) this.#ledger.violation(`${person.name} got a receipt of somebody else's message`);
    else if (item.state === "delivered" && !this.#mayBeAcknowledged(id, message.to))
      this.#ledger.violation("a receipt says delivered of what was not acknowledged");
    else if (
      item.state === "expired" &&
      this.#ledger.clock() <= message.livesUntil &&
      message.to.releaseAsked === undefined
    )
      this.#ledger.violation("a receipt says expired too early");
    return `receipt of ${id}`;
  }

  #mayBeAcknowledged(id: string, to: Person): boolean {
    const sequence = to.sequences.get(`message ${id}`);
    return sequence !== undefined && to.acknowledging.has(sequence);
  }

  #bookOf(tag: string): TagBook {
    const known = this.#tags.get(tag);
    if (known !== undefined) return known;
    const book: TagBook = {
      ...{ surbs: 0, packets: 0, person: undefined },
      ...{ waiting: [], earlier: new Set(), answered: new Set(), proofs: new Map() },
    };
    this.#tags.set(tag, book);
    return book;
  }
}

function nameOf({ request, person }: Pick<Asked, "request" | "person">, id: string): string {
  return `${request.action} ${id.slice(0, 4)} of ${person.name}`;
}

function describe(reply: NonNullable<ReturnType<typeof decodeReply>>): string {
  const sequences = (items: readonly Item[]): string => items.map(({ sequence }) => sequence).join();
  if (reply.action === "push") return `a push of ${sequences(reply.items)}`;
  const brought = reply.action === "fetch" && reply.result === "ok" ? ` of ${sequences(reply.answer.items)}` : "";
  return `${reply.action ?? "nothing"} ${hex(reply.id).slice(0, 4)}: ${reply.result}${brought}`;
}
