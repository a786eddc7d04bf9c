/** What operations cost, as the mixnet counts it: packets that the user's Nym client sends, and the directory's. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ClientSnapshot } from "../../nym-client/loopback/counters.js";
import { newKeyPair } from "../../src/client/keys.js";
import { seal } from "../../src/client/outgoing.js";
import { encodeRequest } from "../../src/protocol/v1/encode.js";
import { type KeyPair, signText } from "../../src/protocol/v1/key-pair.js";
import type { ClientRequest } from "../../src/protocol/v1/request.js";
import { type DirectoryProcess, startDirectory } from "../support/directory.js";
import { command, loopbackUrls } from "../support/loopback-control.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { nonceOf } from "../support/v1-user.js";
import { until } from "../support/until.js";

const SERVICE = "nym-directory";
const ALICE = "alice-counts";
const BOBBY = "bobby-counts";

let directory: DirectoryProcess;
let alice: LoopbackUser;
let bobby: LoopbackUser;
let keysOf: Readonly<Record<string, KeyPair>>;

beforeAll(async () => {
  directory = await startDirectory({
    env: {
      NYM_CLIENT: "loopback",
      WEBSOCKET_URL: "ws://127.0.0.1:0",
      LOOPBACK_USERS_PORT: "0",
      LOOPBACK_CONTROL_PORT: "0",
      LANE_POLL_MS: "20",
      LIVENESS_EVERY_SECONDS: "0",
    },
  });
  const [{ users }, [address = ""]] = await Promise.all([loopbackUrls(directory), directory.addresses()]);
  alice = await LoopbackUser.connect(ALICE, users, address);
  bobby = await LoopbackUser.connect(BOBBY, users, address);
  keysOf = { [ALICE]: (await newKeyPair()).keyPair, [BOBBY]: (await newKeyPair()).keyPair };
});

afterAll(async () => {
  alice.close();
  bobby.close();
  await directory[Symbol.asyncDispose]();
});

function keys(name: string): KeyPair {
  const found = keysOf[name];
  if (found === undefined) throw new RangeError(name);
  return found;
}

const text = (request: ClientRequest): string => Buffer.from(encodeRequest(request, "long")).toString();

/** Packets of every kind that left these Nym clients while `work` was done; acks apart, which follow each packet. */
function packets(work: () => Promise<void>): Promise<Record<string, number>> {
  return counted("sent", work);
}

async function counted(way: "sent" | "received", work: () => Promise<void>): Promise<Record<string, number>> {
  const count = async (): Promise<Record<string, number>> => {
    const all = (await command(directory, { command: "counters" })) as Record<string, ClientSnapshot>;
    const kinds = Object.entries(all).map(([name, { [way]: counts }]) => [
      name,
      counts.data + counts.surbRequests + counts.freshSurbs + counts.retransmissions,
    ]);
    return Object.fromEntries(kinds) as Record<string, number>;
  };
  const before = await count();
  await work();
  const after = await count();
  return Object.fromEntries(Object.entries(after).map(([name, sum]) => [name, sum - (before[name] ?? 0)]));
}

/** Both halves of a registration or a log-in, each with its cost. */
async function challenged(user: LoopbackUser, purpose: "register" | "login"): Promise<Record<string, number>[]> {
  const { name } = user;
  const key = keys(name).publicKey;
  let nonce = "";
  const first = await packets(async () => {
    const request: ClientRequest = purpose === "register" ? { action: purpose, name, key } : { action: purpose, name };
    nonce = nonceOf(await user.ask(text(request)));
  });
  const signature = await signText(nonce, keys(name));
  const action = purpose === "register" ? "registrationResponse" : "loginResponse";
  const second = await packets(async () => {
    expect((await user.ask(text({ action, name, signature }))).content).toBe("success");
  });
  return [first, second];
}

test("with two SURBs attached, register, login and look-up are one packet up and one down for each request", async () => {
  const one = (name: string): Record<string, number> => ({ [ALICE]: 0, [BOBBY]: 0, [name]: 1, [SERVICE]: 1 });
  for (const user of [alice, bobby]) {
    expect(await challenged(user, "register")).toEqual([one(user.name), one(user.name)]);
    expect(await challenged(user, "login")).toEqual([one(user.name), one(user.name)]);
  }
  const found = packets(async () => {
    expect(await alice.lookUp(BOBBY)).toContain("BEGIN PUBLIC KEY");
  });
  expect(await found).toEqual(one(ALICE));
  const absent = packets(async () => {
    expect(await alice.lookUp("nobody-counts")).toBe("No user found");
  });
  expect(await absent).toEqual(one(ALICE));
});

test("a short message is two packets up, and one down to each side", async () => {
  const contact = { name: BOBBY, publicKey: keys(BOBBY).publicKey, introduced: true };
  for (const message of ["hi bobby", "are you there? it is 47 characters, of all things"]) {
    const { request } = await seal(message, contact, { name: ALICE, keys: keys(ALICE) });
    const before = bobby.messages.length;
    const work = async (): Promise<void> => {
      expect((await alice.ask(Buffer.from(request).toString())).content).toBe("success");
      await until(() => bobby.messages.length > before);
    };
    let sent: Record<string, number> = {};
    const received = await counted("received", async () => void (sent = await packets(work)));
    expect(sent).toEqual({ [ALICE]: 2, [BOBBY]: 0, [SERVICE]: 2 });
    expect(received).toEqual({ [ALICE]: 1, [BOBBY]: 1, [SERVICE]: 2 });
  }
});

test("no reply was empty, and none came to nothing for any other reason", async () => {
  const { lost, sent } = (await command(directory, { command: "counters", client: SERVICE })) as ClientSnapshot;
  expect(sent.data).toBeGreaterThan(10);
  expect(Object.entries(lost).filter(([, count]) => count !== 0)).toEqual([]);
});
