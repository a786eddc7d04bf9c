/**
 * Replies to what exists, what does not, and what is not allowed: as long, after as many reads and checks of as many bytes.
 * All names are equally long, since they are among what is signed.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { V2Request } from "../../../../src/protocol/v2/request.js";
import { foldName } from "../../../../src/store/identifiers.js";
import { about, writable } from "../../../support/contact-talk.js";
import { countChecks } from "../../../support/count-checks.js";
import { V1User } from "../../../support/v1-user.js";
import { createV2Model, type V2Model } from "../../../support/v2-model.js";
import { freshId, type Person, personOf } from "../../../support/v2-person.js";
import { changeOf, GROUP_REQUESTS, groupId, groupTalk, invitation } from "../../../support/v2-groups.js";
import { publicationOf } from "../../../support/v2-prekeys.js";
import { anonymous, named, newKey, testKey } from "../../../support/v2-requests.js";

/** The same, each as a function that gives it. */
function mapped<T extends object>(values: T): { readonly [K in keyof T]: () => T[K] } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, () => value as unknown])) as never;
}

let model: V2Model;
let alice: Person;
let carol: V1User;

beforeAll(async () => {
  model = createV2Model();
  alice = personOf(model, "alice");
  for (const name of ["alice", "brian", "ghost"]) await personOf(model, name).register();
  await personOf(model, "ghost").ask("release", {});
  await model.store.commit([[{ kind: "reserveName", folded: foldName("saved") }]]);
  carol = new V1User("carol", "carol");
  const offered = (await model.askV1("carol", carol.register())) as { readonly nonce: string };
  await model.askV1("carol", carol.registrationResponse(offered.nonce));
});

/** What the reply to a request costs: its bytes, rows read, signatures checked and the bytes that were signed. */
async function costOf(
  request: V2Request,
): Promise<{ bytes: number; reads: number; checks: number; checkedBytes: number }> {
  using count = countChecks();
  const before = model.reads;
  const bytes = await model.bytesOf("x", request);
  return { bytes, reads: model.reads - before, checks: count.checks, checkedBytes: count.bytes };
}

async function costsOf(requests: readonly V2Request[]): Promise<unknown[]> {
  const costs: unknown[] = [];
  for (const request of requests) costs.push(await costOf(request));
  return costs;
}

describe("as much is done and said", () => {
  it.each(["lookup", "login"] as const)(
    "to a %s of whoever is there, speaks v1, is nobody, is gone, or is reserved",
    async (action) => {
      const names = ["alice", "carol", "whoso", "ghost", "saved"];
      const costs = await costsOf(names.map((name) => anonymous(action, { name: named(name) }, freshId())));
      for (const cost of costs) expect(cost).toEqual(costs[0]);
      expect(costs[0]).toMatchObject({ reads: 1, checks: 0, bytes: 1601 });
    },
  );

  it("to a question for the keys of whoever is there, speaks v1, is nobody, or is gone", async () => {
    const names = ["alice", "carol", "whoso", "ghost"];
    const costs = await costsOf(names.map((name) => anonymous("keyLog", { name: named(name), from: 1 }, freshId())));
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 2, checks: 0, bytes: 1601 });
  });

  it("to a registration of a name that is free, taken, held or reserved", async () => {
    const names = ["fresh", "alice", "carol", "ghost", "admin", "saved"];
    const requests = names.map((name) =>
      anonymous("register", { name: named(name), key: testKey(name).raw }, freshId()),
    );
    const costs = await costsOf(requests);
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 3, checks: 0, bytes: 1601 });
  });

  it("to a look-up of a group that is listed, is not, and is not there", async () => {
    await groupTalk(model, "listed").create(alice);
    await groupTalk(model, "secret").create(alice, { listed: false, join: "invitation" });
    const groups = ["listed", "secret", "none"].map(groupId);
    const costs = await costsOf(groups.map((group) => anonymous("group", { group }, freshId())));
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 1, checks: 0, bytes: 1601 });
  });

  it("to what somebody who is in no group asks of one that is listed, is not, and is not there", async () => {
    const bob = personOf(model, "brian");
    const asked = (["listed", "secret", "none"] as const).map((label) => {
      const group = groupId(label);
      return [
        bob.signed("groupLog", { group, after: 0, packets: 1 }),
        bob.signed("groupMembers", { group, after: 0, packets: 1 }),
        bob.signed("groupChange", changeOf(group, 2, { verb: "leave" }, bob)),
      ];
    });
    const costs: unknown[] = [];
    for (const requests of asked) costs.push(await costsOf(requests));
    expect(costs[1]).toEqual(costs[2]);
    expect(costs[0]).toEqual(costs[2]);
  });

  it("to an invitation of somebody who hears from its sender, and of somebody who does not", async () => {
    const heard = personOf(model, "hearer");
    const deaf = personOf(model, "deafer");
    const talks = ["heard", "deaf"].map((label) => groupTalk(model, label));
    for (const person of [heard, deaf]) await person.register();
    for (const talk of talks) await talk.create(alice);
    await deaf.ask("policy", { policy: "nobody" });
    const costs: unknown[] = [];
    for (const [index, { name }] of [heard, deaf].entries()) {
      const group = groupId(["heard", "deaf"][index] ?? "");
      costs.push(await costsOf([alice.signed("groupChange", changeOf(group, 2, invitation(name), alice))]));
    }
    expect(costs[1]).toEqual(costs[0]);
  });

  const actions = {
    prove: () => ({ purpose: "login", challenge: new Uint8Array(20) }) as const,
    logout: () => ({}),
    rotate: () => newKey("alice", testKey("another"), 1),
    recover: () => newKey("alice", testKey("another"), 1),
    release: () => ({}),
    send: () => ({ recipient: named("brian"), body: Buffer.from("hi"), receipt: false }),
    fetch: () => ({ after: 0, packets: 1 }),
    ack: () => ({ ranges: [{ first: 1, last: 1 }] }),
    receipts: () => ({ ids: [freshId(), freshId()] }),
    status: () => ({}),
    ...mapped(GROUP_REQUESTS),
    contact: () => ({ verb: "request", name: named("bob") }),
    contacts: () => ({ after: 0, packets: 1 }),
    policy: () => ({ policy: "nobody" }),
    publish: () => publicationOf(alice, { signed: 1, lastResort: 2, oneTime: [3] }),
    take: () => ({ name: named("brian") }),
    prekeys: () => ({}),
    history: () => ({ name: named("brian"), after: 0, packets: 1 }),
    unread: () => ({ after: 0, packets: 1 }),
  } as const;
  const CHECKS: { readonly [A in keyof typeof actions]?: number } = {
    ...{ rotate: 3, recover: 3, publish: 3 },
    ...{ groupCreate: 2, groupChange: 2 },
  };

  it.each(Object.keys(actions) as (keyof typeof actions)[])(
    "to a %s with another's key, of another version, of a v1 user, of nobody, and of whoever is gone",
    async (action) => {
      const mallory = testKey("mallory");
      const signings = [
        { key: mallory },
        { key: mallory, keyVersion: 2 },
        { key: mallory, keyVersion: 9 },
        { key: mallory, name: "carol" },
        { key: mallory, name: "whoso" },
        { key: mallory, name: "ghost" },
      ];
      const costs = await costsOf(signings.map((signing) => alice.signed(action, actions[action](), signing)));
      for (const cost of costs) expect(cost).toEqual(costs[0]);
      expect(costs[0]).toMatchObject({ checks: CHECKS[action] ?? 1, bytes: 1601 });
    },
  );

  it("to a message for a v2 user, for a v1 user who cannot read it, and for nobody", async () => {
    const costs = await costsOf(
      ["brian", "carol", "whoso", "ghost"].map((recipient) =>
        alice.signed("send", { recipient: named(recipient), body: Buffer.from("hi"), receipt: false }),
      ),
    );
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 4, checks: 1, bytes: 1601 });
  });

  it.each([
    ["a message", "send"],
    ["a request to be a contact", "contact"],
  ] as const)(
    "to %s for somebody who hears from everyone, from contacts, from nobody, and not from this one, and as much is changed",
    async (_, action) => {
      const recipients = ["opens", "crony", "quiet", "shuts"].map((name) => personOf(model, name));
      for (const person of recipients) await person.register();
      const [, friend, silent, blocks] = recipients as [Person, Person, Person, Person];
      await writable(friend, "contacts");
      await writable(silent, "nobody");
      await about(blocks, "block", "alice");
      const costs: unknown[] = [];
      for (const { name } of recipients) {
        const bodies = {
          send: { recipient: named(name), body: Buffer.from("hi"), receipt: true },
          contact: { verb: "request", name: named(name) },
        } as const;
        const before = model.committed.length;
        const cost = await costOf(alice.signed(action, bodies[action]));
        costs.push({ ...cost, changes: model.committed.length - before });
      }
      for (const cost of costs) expect(cost).toEqual(costs[0]);
      expect(costs[0]).toMatchObject({ checks: 1, bytes: 1601 });
    },
  );

  it("to a message by a user of v1 for somebody who hears from them, and who does not, and as much is changed", async () => {
    const recipients = ["brave", "timid"].map((name) => personOf(model, name));
    for (const person of recipients) await person.register();
    await writable(recipients[1] as Person, "contacts");
    const costs: unknown[] = [];
    for (const { name } of recipients) {
      const before = { reads: model.reads, changes: model.committed.length };
      const message = carol.send(name, `"hi"`);
      using count = countChecks();
      const reply = await model.askV1("carol", message);
      const [reads, changes] = [model.reads - before.reads, model.committed.length - before.changes];
      costs.push({ reply, reads, changes, checks: count.checks, checkedBytes: count.bytes });
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reply: { result: "success" }, changes: 3, checks: 1 });
  });

  it("to a take from whoever has published nothing, speaks v1, is nobody, or is gone", async () => {
    const costs = await costsOf(
      ["brian", "carol", "whoso", "ghost"].map((name) => alice.signed("take", { name: named(name) })),
    );
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 6, checks: 1, bytes: 1601 });
  });

  it("to a registration that is proven for a name that is free, or was taken meanwhile", async () => {
    const key = testKey("somebody");
    const requests = ["fresh", "alice", "carol", "ghost", "saved"].map((name) =>
      alice.signed("prove", { purpose: "registration", challenge: new Uint8Array(20), key: key.raw }, { key, name }),
    );
    const costs = await costsOf(requests);
    for (const cost of costs) expect(cost).toEqual(costs[0]);
    expect(costs[0]).toMatchObject({ reads: 4, checks: 1, bytes: 1601 });
  });
});
