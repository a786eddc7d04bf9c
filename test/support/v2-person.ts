/** A v2 user in conversation with the model: keys, versions and request ids as a careful client keeps them. */
import type { ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import type { Item } from "../../src/protocol/v2/reply.js";
import type { RequestAudience } from "../../src/protocol/v2/signed-texts.js";
import { directory } from "./actions.js";
import type { Bodies, SignedAction, V2Request } from "../../src/protocol/v2/request.js";
import type { RequestId } from "../../src/protocol/v2/terms.js";
import { anonymous, named, requestId, type Signing, signed, type TestKey, testKey } from "./v2-requests.js";

let ids = 0;

/** Another id each time. */
export function freshId(): RequestId {
  return requestId(`fresh ${ids++}`);
}

/** A directory that can be asked. */
export interface Directory {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For which directory users sign; that of these tests if it does not say. */
  readonly audience?: RequestAudience;
  ask(tag: string, request: V2Request): Promise<ReceivedReply>;
}

/** One user, at one tag. */
export interface Person {
  readonly name: string;
  readonly tag: string;
  key: TestKey;
  keyVersion: number;
  readonly recovery: TestKey;
  /** A request that this user signs now. */
  signed<A extends SignedAction>(action: A, body: Bodies[A], signing?: Partial<Signing>): V2Request<A>;
  /** The reply to one. */
  ask<A extends SignedAction>(action: A, body: Bodies[A], signing?: Partial<Signing>): Promise<ReceivedReply>;
  register(options?: { readonly recovery: boolean }): Promise<ReceivedReply>;
  login(tag?: string): Promise<ReceivedReply>;
  send(recipient: string, text: string, more?: Partial<Bodies["send"]> & { id?: RequestId }): Promise<ReceivedReply>;
  fetch(after?: number): Promise<readonly Item[]>;
}

/** A user of that name, who has not registered yet; the keys go by the name. */
export function personOf(model: Directory, name: string, tag = name): Person {
  const person: Person = {
    name,
    tag,
    key: testKey(name),
    keyVersion: 1,
    recovery: testKey(`${name}'s recovery key`),
    signed(action, body, signing = {}) {
      const { key, keyVersion } = person;
      const { now, audience = directory } = model;
      return signed(action, body, { key, name, keyVersion, time: now / 1000, id: freshId(), audience, ...signing });
    },
    ask: (action, body, signing) => model.ask(tag, person.signed(action, body, signing) as V2Request),
    async register(options = { recovery: true }) {
      const { key, recovery } = person;
      const offer = await model.ask(tag, anonymous("register", { name: named(name), key: key.raw }, freshId()));
      if (offer.result !== "ok" || offer.action !== "register") return offer;
      const { challenge } = offer.answer;
      const keys = { key: key.raw, ...(options.recovery && { recovery: recovery.raw }) };
      return person.ask("prove", { purpose: "registration", challenge, ...keys });
    },
    async login(at = tag) {
      const offer = await model.ask(at, anonymous("login", { name: named(name) }, freshId()));
      if (offer.result !== "ok" || offer.action !== "login") return offer;
      return model.ask(at, person.signed("prove", { purpose: "login", challenge: offer.answer.challenge }));
    },
    send: (recipient, text, { id = freshId(), ...more } = {}) =>
      person.ask("send", { recipient: named(recipient), body: Buffer.from(text), receipt: false, ...more }, { id }),
    async fetch(after = 0) {
      const reply = await person.ask("fetch", { after, packets: 10 });
      if (reply.result !== "ok" || reply.action !== "fetch") throw new Error("nothing was fetched");
      return reply.answer.items;
    },
  };
  return person;
}
