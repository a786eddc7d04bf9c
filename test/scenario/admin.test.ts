/** What operators do while people use the directory: the command and the directory as they are run, and people of both protocols. */
import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { sign } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { GroupChange, GroupId } from "../../src/protocol/v2/groups.js";
import { decodeReply } from "../../src/protocol/v2/reply-codec.js";
import { command, type Ended, newFolder } from "../support/command.js";
import { LoopbackUser } from "../support/loopback-user.js";
import { seeName } from "../support/seen.js";
import { until } from "../support/until.js";
import { type ActorOf, changeOf, foundingOf, groupId, invitation, profileOf } from "../support/v2-groups.js";

import { publicationOf, takenIn } from "../support/v2-prekeys.js";
import type { V2User } from "../support/v2-user.js";
import { named } from "../support/v2-user.js";
import { startV2World, type V2World } from "../support/v2-world.js";
import { nonceOf, V1User } from "../support/v1-user.js";

const MAIN = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
const HOUR = /^\d{4}-\d\d-\d\dT\d\d:00Z$/;
/** Users of contacts are kept with this added to their ids; rows that are free are those of user 0. */
const CONTACT_BASE = 2 ** 40;
const TAKEN = "error: username already in use";

async function start(env: Readonly<Record<string, string>> = {}): Promise<V2World> {
  const world = await startV2World(env);
  onTestFinished(() => world[Symbol.asyncDispose]());
  return world;
}

/** The command, as the operator of that directory gives it. */
async function admin({ process: { dataDir } }: V2World, ...args: readonly string[]): Promise<Ended> {
  return command(dataDir, ["admin", ...args], { DATA_DIR: dataDir });
}

/** What it answers in JSON; for what must be done. */
async function answer(world: V2World, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await admin(world, ...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toHaveLength(2);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Lines that the operator's commands have left in the log, once there are so many. */
async function lines(world: V2World, count: number): Promise<string[]> {
  return until(async () => {
    const log = await world.process.log();
    const found = Array.from(log.matchAll(/^\S+ (\w+ operator \w+ .*)$/gm), ([, line = ""]) => line);
    return found.length >= count && found;
  });
}

async function v1User(world: V2World, name: string): Promise<LoopbackUser> {
  seeName(name);
  const user = await LoopbackUser.connect(name, world.places.users, world.places.directory);
  onTestFinished(() => user.close());
  return user;
}

function actor({ bound, name, keys, keyVersion }: V2User): Required<ActorOf> {
  if (bound === undefined) throw new Error("the directory is not known yet");
  const key = { sign: (text: Uint8Array) => sign(null, text, keys.privateKey) };
  return { name, keyVersion, identity: bound.identity, key };
}

async function found(owner: V2User, label: string): Promise<GroupId> {
  const group = groupId(label);
  const body = foundingOf(group, profileOf({ name: label }), actor(owner));
  expect(await owner.ask("groupCreate", body)).toMatchObject({ result: "ok" });
  return group;
}

async function did(user: V2User, group: GroupId, sequence: number, change: GroupChange): Promise<void> {
  const body = changeOf(group, sequence, change, actor(user));
  expect(await user.ask("groupChange", body)).toMatchObject({ result: "ok" });
}

async function contact(user: V2User, verb: "request" | "accept", other: V2User): Promise<void> {
  expect(await user.ask("contact", { verb, name: named(other.name) })).toMatchObject({ result: "ok" });
}

async function contactsOf(user: V2User): Promise<string[]> {
  const reply = await user.ask("contacts", { after: 0, packets: 2 });
  return reply.result === "ok" ? reply.answer.entries.map(({ name }) => name) : [reply.result];
}

async function membersOf(user: V2User, group: GroupId): Promise<string[]> {
  const reply = await user.ask("groupMembers", { group, after: 0, packets: 2 });
  return reply.result === "ok"
    ? reply.answer.members.map(({ name, standing }) => `${name} ${standing}`)
    : [reply.result];
}

/** Every table and column of the database in which rows hang on that user, and how many do. */
function hangingOn({ process: { dataDir } }: V2World, user: number): Record<string, number> {
  const db = new Database(join(dataDir, "directory.db"), { readonly: true });
  try {
    const columns = db
      .prepare<[], { place: string; tab: string; col: string }>(
        `SELECT t.name || '.' || f."from" AS place, t.name AS tab, f."from" AS col
         FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND f."table" = 'users'`,
      )
      .all();
    const counted = [
      ...columns.map(({ place, tab, col }) => [place, `${tab} WHERE ${col} = ${user}`] as const),
      ["contacts.user", `contacts WHERE user = ${CONTACT_BASE + user}`] as const,
      ["contacts.other", `contacts WHERE other = ${CONTACT_BASE + user} AND user > ${CONTACT_BASE}`] as const,
    ].map(([place, where]) => [place, db.prepare<[], number>(`SELECT count(*) FROM ${where}`).pluck().get()]);
    return Object.fromEntries(counted) as Record<string, number>;
  } finally {
    db.close();
  }
}

function idOf({ process: { dataDir } }: V2World, name: string): number {
  const db = new Database(join(dataDir, "directory.db"), { readonly: true });
  try {
    return db.prepare<[string], number>("SELECT id FROM users WHERE folded = ?").pluck().get(name.toLowerCase()) ?? 0;
  } finally {
    db.close();
  }
}

describe("an operator", () => {
  test("looks at a user, and deletes them with everything that hangs on them", { timeout: 120_000 }, async () => {
    const world = await start();
    const [alice, bob, carol] = (await world.users("Alice-who-goes", "bob-who-stays", "carol-who-asks")) as [
      V2User,
      V2User,
      V2User,
    ];
    for (const user of [alice, bob, carol]) await user.refresh();
    await contact(bob, "request", alice);
    await contact(alice, "accept", bob);
    await contact(carol, "request", alice);
    const hers = await found(alice, "the group of the one who goes");
    await did(bob, hers, 2, { verb: "join" });
    const his = await found(bob, "the group of the one who stays");
    await did(alice, his, 2, { verb: "join" });
    const third = await found(carol, "the group of the one who asks");
    await did(carol, third, 2, invitation(alice.name));
    const maker = actor(alice);
    const publication = publicationOf(maker, { signed: 1, lastResort: 2, oneTime: [3, 4, 5] }, maker.identity);
    expect(await alice.ask("publish", publication)).toMatchObject({ result: "ok" });
    const take = await bob.ask("take", { name: named(alice.name) });
    expect(typeof takenIn({ action: "take", ...take })).toBe("number");
    expect(await alice.ask("policy", { policy: "contacts" })).toMatchObject({ result: "ok" });
    const { id } = await bob.send(alice.name, "are you still there?", { receipt: true });
    const kept = { recipient: named(bob.name), body: Buffer.from("always"), copy: Buffer.from("sealed") };
    expect(await alice.ask("send", { ...kept, receipt: false })).toMatchObject({ result: "ok" });
    await bob.acknowledge(...(await bob.fetch()).map(({ sequence }) => sequence));

    const report = await answer(world, "user", alice.name.toUpperCase());
    const { registered, keyChanged, routeUntil, messageBytes, ...counts } = report;
    for (const date of [registered, keyChanged, routeUntil]) expect(date).toMatch(HOUR);
    expect(messageBytes).toBeGreaterThan(100);
    expect(counts).toEqual({
      ...{ state: "registered", keys: 1, fullSince: null, messages: (await alice.fetch()).length },
      ...{ groups: 2, invitations: 1, contacts: 2, contactRequests: 1, prekeys: 2, copies: 1 },
    });
    expect(await answer(world, "counts")).toMatchObject({ users: 3, heldNames: 0, reservedNames: 0, groups: 3 });
    const user = idOf(world, alice.name);
    const before = hangingOn(world, user);
    expect(before).toMatchObject({
      ...{ "contacts.user": 2, "contacts.other": 2, "contact_policies.user": 1, "key_log.user": 1 },
      ...{ "group_members.user": 3, "prekeys.user": 4, "taken_prekeys.user": 1, "routes.user": 1, "mailboxes.user": 1 },
      ...{ "copies.user": 1, "histories.user": 1 },
    });

    // Enough SURBs for whatever comes unasked.
    await bob.refresh(10);
    const told = bob.pushed.length;
    expect(await answer(world, "delete-user", alice.name.toLowerCase(), "--yes")).toEqual({
      result: "done",
      heldUntil: expect.stringMatching(HOUR) as unknown,
    });
    expect(hangingOn(world, user)).toEqual(Object.fromEntries(Object.keys(before).map((place) => [place, 0])));
    expect(await answer(world, "counts")).toMatchObject({ users: 2, heldNames: 1, reservedNames: 0, groups: 2 + 1 });

    // Bob is told at once what he has lost.
    await until(() => bob.pushed.length >= told + 2);
    expect(bob.pushed.slice(told)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "receipt", id, state: "expired" }),
        expect.objectContaining({ kind: "groupEvent", group: hers }),
      ]),
    );
    expect(await contactsOf(bob)).toEqual([]);
    expect(await contactsOf(carol)).toEqual([]);
    expect(await membersOf(bob, hers)).toEqual([`${bob.name} owner`]);
    expect(await membersOf(bob, his)).toEqual([`${bob.name} owner`]);
    expect(await membersOf(carol, third)).toEqual([`${carol.name} owner`]);
    expect(await bob.ask("lookup", { name: named(alice.name) })).toMatchObject({ answer: { user: undefined } });
    alice.leaving = true;
    expect(await alice.ask("fetch", { after: 0, packets: 1 })).toMatchObject({ result: "unauthorized" });

    // The name is nobody's until its time has passed, or the operator frees it.
    expect(await alice.register()).toMatchObject({ result: "nameUnavailable" });
    expect(await answer(world, "user", alice.name)).toMatchObject({ state: "held" });
    expect(await answer(world, "free", alice.name, "--yes")).toEqual({ result: "done" });
    expect(await answer(world, "user", alice.name)).toEqual({ state: "free" });
    expect(await alice.register()).toMatchObject({ result: "ok" });
    alice.leaving = false;
    expect(await alice.fetch()).toEqual([]);
    expect(await lines(world, 7)).toEqual([
      "info operator asked action=user",
      "info operator asked action=counts",
      "warn operator acted action=delete-user result=done",
      "info operator asked action=counts",
      "info operator asked action=user",
      "warn operator acted action=free result=done",
      "info operator asked action=user",
    ]);
  });

  test("deletes a user of v1, whose Nym client hears nothing more", { timeout: 120_000 }, async () => {
    const world = await start();
    const ann = await v1User(world, "ann-of-v1");
    const ben = await v1User(world, "ben-of-v1");
    for (const user of [ann, ben]) expect(await user.register()).toBe("success");
    expect(await ben.send("ann-of-v1", "before")).toBe("success");
    await until(() => ann.messages.length === 1);
    expect(await answer(world, "delete-user", "Ann-of-v1", "--yes")).toMatchObject({ result: "done" });
    expect(await ben.send("ann-of-v1", "after")).toBe("error: recipient not found");
    expect((await ann.ask(new V1User("ann-of-v1").login())).content).toBe("error: user not found");
    expect((await ann.ask(ann.registering())).content).toBe(TAKEN);
    expect(ann.messages).toEqual(["before"]);
  });

  test("reserves a name: who asks for it is told what they are told of a taken one", { timeout: 120_000 }, async () => {
    const world = await start();
    const [taken] = await world.users("taken-by-somebody");
    seeName("kept-for-nobody");
    expect(await answer(world, "reserve", "Kept-for-Nobody", "--yes")).toEqual({ result: "done" });
    expect(await answer(world, "reserve", "kept-for-nobody", "--yes")).toEqual({ result: "already" });
    await world.again("SIGKILL");
    const asker = await world.user("who-asks-for-names");
    const v1 = await v1User(world, "who-asks-in-v1");
    const sizes: number[] = [];
    const receive = asker.receive.bind(asker);
    asker.receive = (message) => {
      sizes.push(message.length);
      receive(message);
    };
    const replies: unknown[] = [];
    for (const name of ["kept-for-nobody", taken?.name ?? ""]) {
      const reply = await asker.ask("register", { name: named(name), key: asker.keys.publicKey });
      const inV1 = await v1.ask(new V1User(name).register());
      replies.push({ reply: { ...reply, id: undefined }, bytes: sizes.at(-1), v1: inV1.content });
    }
    expect(replies[0]).toMatchObject({ reply: { result: "nameUnavailable" }, v1: TAKEN });
    expect(replies[0]).toEqual(replies[1]);
    for (const [name, result] of [
      [taken?.name ?? "", "inUse"],
      ["Root", "bySetting"],
    ] as const) {
      const refused = await admin(world, "reserve", name, "--yes", "--json");
      expect(refused).toMatchObject({ code: 1, stdout: `{"result":"${result}"}\n` });
    }
    expect(await answer(world, "free", "KEPT-for-nobody", "--yes")).toEqual({ result: "done" });
    const user = await world.user("kept-for-nobody");
    expect(await user.register()).toMatchObject({ result: "ok" });
  });

  test("stops and resumes registrations, those under way too, and nothing else", { timeout: 120_000 }, async () => {
    const world = await start();
    const [alice] = (await world.users("alice-was-earlier")) as [V2User];
    const late = await v1User(world, "late-user-of-v1");
    const v1 = new V1User("late-user-of-v1");
    const nonce = nonceOf(await late.ask(v1.register()));
    const dora = await world.user("dora-is-too-late");
    const offer = await dora.ask("register", { name: dora.name, key: dora.keys.publicKey });
    if (offer.result !== "ok") throw new Error(`no challenge: ${offer.result}`);

    expect((await admin(world, "stop-registrations", "--yes")).stdout).toBe("done\n");
    expect((await admin(world, "stop-registrations", "--yes")).stdout).toBe("it is so already\n");
    expect((await late.ask(v1.registrationResponse(nonce))).content).toBe("error: database failure");
    const said: (readonly [string | undefined, string, unknown])[] = [];
    const receive = dora.receive.bind(dora);
    dora.receive = (message) => {
      const reply = decodeReply(message);
      if (reply !== undefined && reply.action !== "push")
        said.push([reply.action, reply.result, "after" in reply && reply.after]);
      receive(message);
    };
    const { challenge } = offer.answer;
    const proof = dora.ask("prove", { purpose: "registration", challenge, key: dora.keys.publicKey });
    expect(await until(() => said.find(([action]) => action === "prove"))).toEqual(["prove", "unavailable", 600]);
    expect(await alice.send(alice.name, "everything else goes on")).toMatchObject({ result: "ok" });
    expect(await alice.login()).toMatchObject({ result: "ok" });

    expect((await admin(world, "resume-registrations", "--yes")).stdout).toBe("done\n");
    // What was begun goes on: nothing of it was used up.
    expect((await late.ask(v1.registrationResponse(nonce))).content).toBe("success");
    expect(await proof).toMatchObject({ result: "ok" });

    await admin(world, "stop-registrations", "--yes");
    await world.again("SIGINT");
    expect(await answer(world, "counts")).toMatchObject({ registrationsStopped: true, users: 3 });
    const later = await v1User(world, "another-user-of-v1");
    expect(await later.ask(later.registering())).toMatchObject({ content: "error: database failure" });
  });
});

describe("the command", { timeout: 120_000 }, () => {
  let world: V2World;
  beforeAll(async () => {
    world = await startV2World({ LOG_LEVEL: "warn" });
    return () => world[Symbol.asyncDispose]();
  });

  /** The command at a terminal of its own, at which that is typed. */
  async function atTerminal(
    typed: string,
    ...args: readonly string[]
  ): Promise<{ code: number | null; shown: string }> {
    const { dataDir } = world.process;
    const line = [process.execPath, MAIN, "admin", ...args].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
      cwd: dataDir,
      env: { PATH: process.env["PATH"], DATA_DIR: dataDir },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const asked = shown.includes("go on: ");
      shown += chunk.toString();
      if (!asked && shown.includes("go on: ")) child.stdin.write(typed);
    });
    await once(child, "close");
    return { code: child.exitCode, shown: shown.replaceAll("\r\n", "\n") };
  }

  test("asks at a terminal before it changes anything, and takes nothing but yes for yes", async () => {
    seeName("asked-about");
    const question = "Reserve the name asked-about, for good?\nType yes to go on: ";
    const refused = await atTerminal("y\n", "reserve", "asked-about");
    expect(refused).toEqual({ code: 1, shown: `${question}y\nnym-directory: not confirmed, nothing was done\n` });
    const left = await atTerminal("\u0004", "reserve", "asked-about");
    expect(left).toMatchObject({ code: 1, shown: expect.stringContaining("nothing was done") as unknown });
    expect(await answer(world, "user", "asked-about")).toEqual({ state: "free" });
    expect(await atTerminal("yes\n", "reserve", "asked-about")).toEqual({ code: 0, shown: `${question}yes\ndone\n` });
    expect(await answer(world, "user", "asked-about")).toEqual({ state: "reserved", by: "operator" });
  });

  test.each([
    ["delete-user", "somebody-or-other"],
    ["reserve", "somebody-or-other"],
    ["free", "somebody-or-other"],
    ["stop-registrations"],
    ["resume-registrations"],
  ])("refuses to %s without a terminal and without --yes", async (...args) => {
    seeName("somebody-or-other");
    const state = async (): Promise<unknown> => {
      const { reservedNames, registrationsStopped } = await answer(world, "counts");
      return { reservedNames, registrationsStopped };
    };
    const before = await state();
    expect(await admin(world, ...args)).toEqual({
      ...{ code: 78, stdout: "" },
      stderr: "nym-directory: nobody is there to confirm this, and --yes was not given: nothing was done\n",
    });
    expect(await state()).toEqual(before);
  });

  test("tells in words what it does in JSON, and ends with 1 when it was not done", async () => {
    const counts = await admin(world, "counts");
    expect(counts).toMatchObject({ code: 0, stderr: "" });
    expect(counts.stdout).toMatch(
      /^users: 0\nheld names: 0\n[^]*\ndatabase bytes: [1-9]\d*\nwrite ahead log bytes: \d+\n$/,
    );
    expect(await admin(world, "delete-user", "nobody-is-called-that", "--yes")).toEqual({
      ...{ code: 1, stderr: "" },
      stdout: "not done: there is no such user\n",
    });
    const line = "warn operator acted action=delete-user result=noUser";
    await until(async () => (await lines(world, 1)).includes(line));
  });

  test.each([
    [["user", "two words"], "nym-directory: this is no name: names are 1 to 64 letters, digits, - and _\n"],
    [["user"], "error: missing required argument 'name'\n"],
    [["users"], /^error: unknown command 'users'\n/],
    [["counts", "--all"], "error: unknown option '--all'\n"],
  ] as const)("ends %j with 78", async (args, stderr) => {
    const ended = await admin(world, ...args);
    expect(ended).toMatchObject({ code: 78, stdout: "" });
    if (typeof stderr === "string") expect(ended.stderr).toBe(stderr);
    else expect(ended.stderr).toMatch(stderr);
  });

  test.each([["counts"], ["user", "somebody"], ["free", "somebody", "--yes"]])(
    "ends %s with 69 when no directory runs",
    async (...args) => {
      const { code, stdout, stderr } = await command(newFolder(), ["admin", ...args]);
      expect({ code, stdout }).toEqual({ code: 69, stdout: "" });
      expect(stderr).toMatch(/^nym-directory: no directory runs that answers at \S+\n$/);
    },
  );
});
