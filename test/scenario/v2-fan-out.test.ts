/** A message to a group leaves member by member, as the Nym client sends, and lanes that stand still hold nobody up. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { decodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { V2Push } from "../../src/protocol/v2/reply.js";
import type { V2Request } from "../../src/protocol/v2/request.js";
import type { RequestAudience } from "../../src/protocol/v2/signed-texts.js";
import { startDirectory } from "../support/directory.js";
import { FakeNymClient } from "../support/fake-nym-client.js";
import { SEEN, seeName } from "../support/seen.js";
import { changeOf, foundingOf, groupId, profileOf } from "../support/v2-groups.js";
import { freshId, personOf } from "../support/v2-person.js";
import { anonymous, named } from "../support/v2-requests.js";

const MEMBERS = 8;
const LANE_POLL_MS = 50;
/** A lane says so many times that the message is still there. */
const TELLS = 2;

test(
  "members are sent a message to a group one after the other, and others are answered meanwhile",
  { timeout: 60_000 },
  async () => {
    const client = await FakeNymClient.listen();
    const directory = await startDirectory({
      env: {
        ...{ NYM_CLIENT: "external", WEBSOCKET_URL: client.url, LIMITS: "off" },
        LANE_POLL_MS: String(LANE_POLL_MS),
      },
    });
    onTestFinished(async () => {
      await directory[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    });
    const seen = (): [number, ReceivedReply | V2Push | undefined][] =>
      client.replies.map(({ lane, message }) => [lane, decodeReply(message)]);
    const pushes = (): [number, V2Push][] =>
      seen().flatMap(([lane, reply]) => (reply?.action === "push" ? [[lane, reply] as [number, V2Push]] : []));
    let audience: RequestAudience = { identity: new Uint8Array(32), epoch: 0 };
    const model = {
      get audience() {
        return audience;
      },
      get now() {
        return Date.now();
      },
      async ask(label: string, request: V2Request): Promise<ReceivedReply> {
        const tag = createHash("sha256").update(label).digest("hex").slice(0, 32);
        SEEN.tag(Buffer.from(tag, "hex"));
        client.push(tag, Buffer.from(encodeRequest(request)));
        const answer = (): ReceivedReply | undefined =>
          seen()
            .flatMap(([, reply]) => (reply === undefined || reply.action === "push" ? [] : [reply]))
            .find(({ id }) => Buffer.from(id).equals(request.id));
        await client.until(() => answer() !== undefined);
        const reply = answer();
        if (reply?.result !== "ok") throw new Error(`${request.action} was answered ${reply?.result ?? "nothing"}`);
        return reply;
      },
    };
    const info = await model.ask("newcomer", anonymous("info", {}, freshId()));
    if (info.action !== "info" || info.result !== "ok") throw new Error("no info");
    audience = info.answer;

    const names = ["owner", ...Array.from({ length: MEMBERS }, (_, index) => `member-${index}`)];
    const [owner, ...members] = names.map((name) => personOf(model, `${name}-of-everybody`));
    if (owner === undefined) throw new Error("no owner");
    const group = groupId("everybody");
    const { identity } = audience;
    for (const person of [owner, ...members]) {
      seeName(person.name);
      await person.register();
    }
    await owner.ask("groupCreate", foundingOf(group, profileOf(), { ...owner, identity }));
    for (const [index, member] of members.entries())
      await member.ask("groupChange", changeOf(group, index + 2, { verb: "join" }, { ...member, identity }));
    // Each brings a SURB more than its answer needs: all are told of those who joined after them, too.
    for (let count = 0; count < 2 * MEMBERS; count++)
      await Promise.all([owner, ...members].map((person) => person.ask("status", {})));
    const told = (): Set<string> =>
      new Set(pushes().flatMap(([lane, { items }]) => items.map(({ sequence }) => `${lane} ${sequence}`)));
    await client.until(() => told().size === (MEMBERS * (MEMBERS + 1)) / 2);
    // By then all lanes were asked, and are known to be empty.
    await sleep(10 * LANE_POLL_MS);

    /** The lanes of those who were sent the message, in order. */
    const lanesOfIt = (): number[] =>
      pushes().flatMap(([lane, { items }]) => (items.some(({ kind }) => kind === "groupMessage") ? [lane] : []));
    /** How often each lane was asked while it held the message, and how many had been sent it when that was over. */
    const asked = new Map<number, number>();
    const sentBy = new Map<number, number>();
    let stays = false;
    client.laneLength = (lane) => {
      const lanes = lanesOfIt();
      if (!lanes.includes(lane)) return 0;
      const times = (asked.get(lane) ?? 0) + 1;
      asked.set(lane, times);
      if (stays || times <= TELLS) return 1;
      if (!sentBy.has(lane)) sentBy.set(lane, lanes.length);
      return 0;
    };
    await owner.ask("groupSend", { group, body: Buffer.from("to all, and it leaves") });
    await client.until(() => sentBy.size === MEMBERS);
    // On a machine that is busy a lane may have been given up once.
    const inOrder = lanesOfIt().filter((lane, index) => sentBy.get(lane) === index + 1);
    expect(inOrder.length).toBeGreaterThan(MEMBERS / 2);

    stays = true;
    await owner.ask("groupSend", { group, body: Buffer.from("to all, and it stays") });
    await model.ask("stranger", anonymous("lookup", { name: named(owner.name) }, freshId()));
    await client.until(() => lanesOfIt().length === 2 * MEMBERS);
    expect(new Set(lanesOfIt()).size).toBe(MEMBERS);
  },
);
