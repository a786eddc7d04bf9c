import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Chat } from "../../../../scripts/chat/chat.js";
import { createLook } from "../../../../scripts/chat/look.js";
import { openProfile } from "../../../../scripts/chat/profile.js";
import { createScreen } from "../../../../scripts/chat/screen.js";
import { painterFor } from "../../../../scripts/terminal.js";
import { type Account, createWebSocketTransport, openAccount } from "../../../../src/client/client.js";
import { type AccountPerson, openPerson } from "../../../support/account-person.js";
import { type LoopbackDirectory, startLoopbackDirectory } from "../../../support/loopback-directory.js";
import { until } from "../../../support/until.js";
import { VirtualTerminal } from "../../../support/virtual-terminal.js";

const NOON = new Date(2026, 4, 17, 12, 0).getTime();
const PATIENCE_MS = 20_000;
/** Soon enough for a test. */
const QUICK = { ackDelay: 20, gapDelay: 30, pause: [20, 200] } as const;

const CIRCLE = { name: "circle", listed: true, join: "open", maxMembers: 9, announcements: false } as const;

let directory: LoopbackDirectory;
let folder: string;
let closing: (() => Promise<void>)[];

beforeAll(async () => void (directory = await startLoopbackDirectory({ LIMITS: "off" })));
afterAll(() => directory[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-"));
  closing = [];
});
afterEach(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true });
});

interface Person {
  readonly terminal: VirtualTerminal;
  readonly account: Account;
  /** Types a line. */
  enter(line: string): Promise<void>;
  /** Waits until this is to be seen, below what stood there when a line was last typed. */
  sees(text: string | RegExp): Promise<void>;
  /** Leaves, and waits until everything is done. */
  leave(): Promise<void>;
}

/** Somebody at a terminal. */
async function sit(name: string, { copies = false, at = folder } = {}): Promise<Person> {
  const terminal = new VirtualTerminal(100);
  const profile = await openProfile({ folder: at, name, keepHistory: true });
  const screen = createScreen({
    input: terminal.keyboard,
    output: terminal,
    interactive: true,
    complete: () => [],
    keepTyped: (line) => line.startsWith("/"),
    history: [],
  });
  // Only what is shown stands still.
  const look = createLook(painterFor(terminal), () => NOON);
  const chat = new Chat({ profile, screen, look, now: () => NOON, copies });
  const account = await openAccount(
    {
      transport: createWebSocketTransport({ url: `${directory.users}/${name}`, reconnect: [5, 20] }),
      store: profile.store,
      observe: (event) => chat.observe(event),
    },
    { directory: directory.addresses, identity: directory.identity, ...QUICK },
  );
  const done = chat.run(account).then(async () => {
    screen.close();
    await account.close();
    await profile.close();
  });
  let entered = 0;
  const person: Person = {
    terminal,
    account,
    enter(line) {
      entered = terminal.text.split("\n").length - 1;
      return terminal.type(`${line}\r`);
    },
    sees: (text) =>
      expect.poll(() => terminal.text.split("\n").slice(entered).join("\n"), { timeout: PATIENCE_MS }).toMatch(text),
    async leave() {
      screen.close();
      await done;
    },
  };
  closing.push(() => person.leave());
  await person.sees(/you are /);
  return person;
}

/** Somebody registered at a terminal. */
async function settle(name: string): Promise<Person> {
  const person = await sit(name);
  await person.enter("/register");
  await person.sees("is yours");
  return person;
}

/** Somebody registered without a terminal. */
async function friend(name: string): Promise<AccountPerson> {
  const person = await openPerson(directory, name);
  closing.push(async () => person[Symbol.asyncDispose]());
  await person.account.register(name);
  return person;
}

/** What somebody was told in groups, with who said it. */
function inGroups({ news }: AccountPerson): string[] {
  return news.flatMap((each) => (each.kind === "groupMessage" ? `${each.sender}: ${each.text}` : []));
}

/** The recovery key that was shown. */
function recoveryKeyOf({ terminal }: Person): string {
  return /write this down[^]+?\n +((?:[0-9a-f]{4} ?){16})/.exec(terminal.text)?.[1] ?? "";
}

describe("a chat", () => {
  it("tells a newcomer what to do", async () => {
    const anna = await sit("anna");
    await anna.enter("hello?");
    await anna.sees("to whom?");
    expect(anna.terminal.text).toBe(
      [
        "· you are not registered yet: /register takes the name anna",
        "· /to NAME begins a conversation, /help explains the rest",
        "! to whom? /to NAME begins a conversation",
        "anna ›",
      ].join("\n"),
    );
  });

  it("is a conversation: what is typed goes out and is ticked twice, what comes in stands above the line", async () => {
    const bob = await friend("bob1");
    const alice = await settle("alice1");
    await alice.enter("/to bob1");
    await alice.sees("alice1 → bob1 ›");
    await alice.enter("hello bob");
    await alice.sees("12:00 alice1   hello bob ✓✓");
    await until(() => bob.texts().length > 0);
    expect(bob.texts()).toEqual(["alice1: hello bob"]);
    await alice.terminal.type("not ready y");
    await bob.account.send("alice1", "hello\nalice");
    await alice.sees("hello\n");
    await alice.terminal.type("et");
    expect(alice.terminal.text).toMatch(
      /12:00 alice1 {3}hello bob ✓✓\n12:00 bob1 {5}hello\n {15}alice\nalice1 → bob1 › not ready yet$/,
    );
  });

  it("ticks once what is stored for somebody who is away, and twice when they have it", async () => {
    const bob = await friend("bob2");
    const alice = await settle("alice2");
    await bob.account.logout();
    await alice.enter("/to bob2");
    await alice.sees("alice2 → bob2 ›");
    await alice.enter("when you are back");
    await alice.sees(/when you are back ✓\n/);
    await bob.account.login();
    await alice.sees(/when you are back ✓✓\n/);
  });

  it("opens a conversation for the first who writes, and marks what others have written as unread", async () => {
    const alice = await settle("alice3");
    const [bob, carol] = [await friend("bob3"), await friend("carol3")];
    await bob.account.send("alice3", "it is bob");
    await alice.sees("12:00 bob3     it is bob");
    await alice.sees("alice3 → bob3 ›");
    await carol.account.send("alice3", "it is carol");
    await carol.account.send("alice3", "are you there?");
    await alice.sees("carol3 has written (2 unread): /to carol3");
    await alice.sees("alice3 → bob3 [carol3 2] ›");
    expect(alice.terminal.text).not.toContain("it is carol");
    await alice.enter("/list");
    await alice.sees("bob3\ncarol3 2 unread\n");
    await alice.enter("/to CAROL3");
    await alice.sees("──── new ────\n12:00 carol3   it is carol\n12:00 carol3   are you there?");
    await alice.sees("alice3 → carol3 ›");
  });

  it("remembers everything the next time: what was not read, and what has become of what was said", async () => {
    const [bob, carol] = [await friend("bob4"), await friend("carol4")];
    const first = await settle("Alice4");
    await first.enter("/to bob4");
    await first.enter("hello bob");
    await first.sees("✓✓");
    await carol.account.send("alice4", "later");
    await first.sees("1 unread");
    await first.leave();
    const second = await sit("alice4");
    await second.sees("you are Alice4");
    await second.sees("messages for you come here");
    await second.sees("carol4 has written (1 unread): /to carol4");
    await second.enter("/to bob4");
    await second.sees("12:00 Alice4   hello bob ✓✓");
    await second.enter("again");
    await second.sees("again ✓✓");
    await until(() => bob.texts().length > 1);
    expect(bob.texts()).toEqual(["Alice4: hello bob", "Alice4: again"]);
  });

  it("keeps what cannot be sent for the next time", async () => {
    const bob = await friend("bob5");
    const first = await settle("alice5");
    await first.enter("/to bob5");
    await first.sees("alice5 → bob5 ›");
    // Nobody can be reached, and nobody comes back, before it is left.
    await directory.command({ command: "faults", changes: { loss: 1 } });
    await first.enter("do not lose this");
    await first.sees("do not lose this …");
    await first.account.close();
    await first.leave();
    expect(first.terminal.text).toContain("what could not be sent (1) is sent the next time");
    await directory.command({ command: "faults", changes: { loss: 0 } });
    const second = await sit("alice5");
    await until(() => bob.texts().includes("alice5: do not lose this"));
    // What was said before is shown as it stands when the conversation is opened, as far as that was told by then.
    await until(async () => {
      await second.enter("/to bob5");
      await second.sees("what you type goes to bob5");
      return second.terminal.text.includes("do not lose this ✓✓");
    });
  });

  it("shows who somebody is, and what has changed", async () => {
    const bob = await friend("bob6");
    const alice = await settle("alice6");
    await alice.enter("/who bob6");
    await alice.sees(/bob6 has the key(\n {4}[0-9a-f]{4}( [0-9a-f]{4}){7}){2}\n· seen for the first time/);
    await alice.enter("/who BOB6");
    await alice.sees("the same since you first met");
    await alice.enter("/who alice6");
    await alice.sees("that is you");
    await alice.enter("/who nobody6");
    await alice.sees("! nobody is registered under that name");
    await bob.account.rotate();
    await alice.enter("/who bob6");
    await alice.sees(/! NOT the key trusted so far(\n {4}[0-9a-f]{4}( [0-9a-f]{4}){7}){2}/);
    await bob.account.send("alice6", "trust me");
    await alice.sees("! bob6 has a new key, signed with the one before: ");
    expect(alice.terminal.text).not.toContain("bob6     trust me");
    await alice.enter("/trust bob6");
    await alice.sees(
      /from now on bob6 has the key(\n {4}[0-9a-f]{4}( [0-9a-f]{4}){7}){2}\n· signed with the one before/,
    );
    await alice.sees("12:00 bob6     trust me");
  });

  it("takes a name back with its recovery key, and gives it away", async () => {
    const alice = await settle("alice7");
    await alice.enter("/rotate");
    await alice.sees("you have a new key");
    await alice.enter("/recover 0123");
    await alice.sees("! a recovery key is 64 hexadecimal digits");
    await alice.enter(`/recover ${recoveryKeyOf(alice)}`);
    await alice.sees("alice7 is yours again, with a new key");
    await alice.enter("/release bob");
    await alice.sees("! that is not your name");
    await alice.enter("/release alice7");
    await alice.sees("alice7 is nobody's now");
    await alice.enter("/who alice7");
    await alice.sees("! nobody is registered under that name");
  });

  it("says that a name is taken, and that nothing is sent without one", async () => {
    const bob = await openPerson(directory, "another-nym-client");
    closing.push(async () => bob[Symbol.asyncDispose]());
    await bob.account.register("taken8");
    const alice = await sit("Taken8");
    await alice.enter("/register");
    await alice.sees("! that name belongs to somebody else, or is held or reserved: start again with another one");
    await alice.enter("/to taken8");
    await alice.sees("Taken8 → taken8 ›");
    await alice.enter("hello");
    await alice.sees("! not sent to taken8: you have no name yet: /register takes yours");
  });

  it("makes contacts: what others ask is shown with what they say to it, and what is done about it", async () => {
    const bob = await friend("bob13");
    const alice = await settle("alice13");
    await alice.enter("/contacts");
    await alice.sees("you have no contacts yet: /request NAME asks somebody\n· everyone may write to you");
    await bob.account.people.request("alice13", "we met\nat the \u001bfair");
    await alice.sees("· bob13 asks to be your contact: “we met at the \ufffdfair”; /accept bob13 or /reject bob13");
    await alice.enter("/contacts");
    await alice.sees("bob13 asks you: /accept bob13 or /reject bob13\n");
    await alice.enter("/accept bob13 gladly, bob");
    await alice.sees("· bob13 is your contact now");
    await until(() => bob.news.some((each) => each.kind === "contact"));
    expect(bob.news).toMatchObject([{ kind: "contact", verb: "accept", name: "alice13", note: "gladly, bob" }]);
    await alice.enter("/contacts");
    await alice.sees("bob13 contact\n");
    await alice.enter("/remove bob13");
    await alice.sees("· bob13 is your contact no more, nor are you theirs");
    expect((await bob.account.people.list()).people).toEqual([]);
    await alice.enter("/remove bob13");
    await alice.sees("! there is nothing that this could be done to, or it is so already");
  });

  it("asks others to be contacts, and is told when they are", async () => {
    const [bob, carol] = [await friend("bob14"), await friend("carol14")];
    const alice = await settle("alice14");
    for (const name of ["bob14", "carol14"]) {
      await alice.enter(`/request ${name} it is me`);
      await alice.sees(`· you have asked ${name} to be your contact; if they had asked you, they are`);
    }
    await until(() => bob.news.length > 0);
    expect(bob.news).toMatchObject([{ verb: "request", name: "alice14", note: "it is me" }]);
    await bob.account.people.accept("alice14", "I know");
    await alice.sees("· bob14 is your contact now: “I know”");
    await alice.enter("/cancel carol14");
    await alice.sees("· you do not ask carol14 any more");
    await carol.account.people.request("alice14");
    await alice.sees("· carol14 asks to be your contact; /accept carol14 or /reject carol14");
    await alice.enter("/reject carol14");
    await alice.sees("· carol14 does not become your contact, and is not told");
    await alice.enter("/contacts");
    await alice.sees("bob14 contact\n· everyone may write to you");
  });

  it("says who may write, and hears nothing from others", async () => {
    const [bob, carol] = [await friend("bob15"), await friend("carol15")];
    const alice = await settle("alice15");
    await alice.enter("/block bob15");
    await alice.sees("· you do not hear from bob15 any more, who is not told: to them you are away");
    await alice.enter("/contacts");
    await alice.sees("bob15 blocked\n");
    const id = await bob.account.send("alice15", "hello?");
    await until(() => bob.fates(id).includes("stored"));
    await alice.enter("/unblock bob15");
    await alice.sees("· you hear from bob15 again");
    for (const [policy, says] of [
      ["nobody", "nobody may write to you, nor ask to be your contact"],
      ["contacts", "only your contacts may write to you"],
      ["everyone", "everyone may write to you, but whom you have blocked"],
    ] as const) {
      await alice.enter(`/policy ${policy}`);
      await alice.sees(`· ${says}`);
      expect((await alice.account.people.list()).policy).toBe(policy);
    }
    await alice.enter("/policy friends");
    await alice.sees("! it is one of everyone, contacts, nobody");
    await carol.account.send("alice15", "am I heard?");
    await alice.sees("am I heard?");
    expect(alice.terminal.text).not.toContain("hello?");
    await carol.account.rotate();
    await carol.account.people.request("alice15");
    await alice.enter("/contacts");
    await alice.sees("asks you: /accept carol15 or /reject carol15, has another key than before: /trust carol15");
  });

  it("finds what was said on another device, and tells what waits", async () => {
    const bob = await friend("bob77");
    const alice = await sit("alice77", { copies: true });
    await alice.enter("/register");
    await alice.sees("is yours");
    await alice.enter("/to bob77");
    await alice.sees("alice77 → bob77 ›");
    await alice.enter("hello bob");
    await alice.sees("hello bob ✓✓");
    await alice.enter("/history bob77");
    await alice.sees(/hello bob ✓✓\n· 0 that you have said elsewhere/);
    await alice.enter("/logout");
    await alice.sees("until /login");
    const id = await bob.account.send("alice77", "are you there?");
    await until(() => bob.fates(id).includes("stored"));
    await alice.enter("/unread");
    await alice.sees(/bob77 1\n· this waits at the directory: \/login brings it/);
    const seed = alice.account.seeds().at(-1) ?? new Uint8Array();
    await alice.leave();

    const again = await sit("alice77", { at: join(folder, "elsewhere") });
    await again.account.adopt("alice77", seed);
    await again.sees("bob77    are you there?");
    await again.enter("/history bob77");
    await again.sees(/alice77 {2}hello bob\n.*1 that you have said elsewhere/s);
    await again.enter("not kept");
    await again.sees("not kept ✓✓");
    await again.enter("/rotate");
    await again.sees("you have a new key");
    const newer = again.account.seeds().at(-1) ?? new Uint8Array();
    await again.leave();
    const last = await sit("alice77", { at: join(folder, "nowhere") });
    await last.account.adopt("alice77", newer);
    await last.enter("/history bob77");
    await last.sees(/0 that you have said elsewhere[^\n]*\n! 1 not shown: of a key that is not here/);
    await last.enter("/unread");
    await last.sees("nothing waits for you at the directory");
  });

  it("founds groups, is asked into others, and tells what is changed about them", async () => {
    const bob = await friend("bob16");
    const alice = await settle("alice16");
    await alice.enter("/group list");
    await alice.sees("you are in no group yet: /group new NAME founds one");
    await alice.enter("/group new the readers");
    await alice.sees(/· “the readers” \([0-9a-f]{8}\) is founded/);
    const id = alice.account.groups.all()[0]?.id ?? "";
    const short = id.slice(0, 8);
    await alice.enter(`/group invite ${short} bob16`);
    await alice.sees("· bob16 is invited");
    await until(() => bob.account.groups.get(id) !== undefined);
    await bob.account.groups.accept(id);
    await alice.sees(`“the readers” (${short}): bob16 has done: accept`);
    await alice.enter(`/group role ${short} bob16 admin`);
    await alice.sees("· bob16 is admin now");
    await alice.enter(`/group show ${short}`);
    await alice.sees("2 of up to 100:\nalice16 owner\nbob16 admin\n");
    await alice.enter(`/group remove ${short} bob16`);
    await alice.sees("· bob16 is not in it any more");
    await alice.enter(`/group dissolve ${short}`);
    await alice.sees(": it is no more");
    const profile = {
      name: "a \u001bcircle",
      listed: false,
      join: "invitation",
      maxMembers: 9,
      announcements: false,
    } as const;
    const other = await bob.account.groups.found(profile);
    await bob.account.groups.invite(other, "alice16");
    await alice.sees(/· bob16 asks you into “a \ufffdcircle” \([0-9a-f]{8}\): \/group accept [0-9a-f]{8} or/);
    await alice.enter(`/group accept ${other.slice(0, 8)}`);
    await alice.sees(/“a \ufffdcircle” \([0-9a-f]{8}\): you are in it now/);
    await alice.enter("/group list");
    await alice.sees(/“a \ufffdcircle” \([0-9a-f]{8}\) member\n/);
    await bob.account.groups.remove(other, "alice16");
    await alice.sees("has changed, or you are not in it any more");
    await alice.enter("/group accept ffffffff");
    await alice.sees("! nobody is registered under that name");
    await alice.enter("/group help");
    await alice.sees("/group talk ID: what you type goes to everybody in it");
    await alice.sees("/group role ID NAME member|announcer|admin");
  });

  it("talks in groups: to all who are in one once it was asked to, and shows who has said what", async () => {
    const [bob, carol] = [await friend("bob17"), await friend("carol17")];
    const id = await bob.account.groups.found({ ...CIRCLE, name: "readers" });
    const title = `“readers” (${id.slice(0, 8)})`;
    const first = await settle("alice17");
    await first.enter(`/group join ${id}`);
    await first.sees(`${title}: you are in it now`);
    await carol.account.groups.join(id);
    await first.sees(`${title}: carol17 has done: join`);
    await bob.account.groups.send(id, "which book?");
    await first.sees(`· bob17 has written in ${title} (1 unread): /group talk ${id.slice(0, 8)}`);
    await first.sees(`alice17 [${title} 1] ›`);
    // Nobody talks to many without having asked to.
    await first.enter("hello?");
    await first.sees("! to whom?");
    await first.enter(`/group talk ${id.slice(0, 8).toUpperCase()}`);
    await first.sees("──── new ────\n12:00 bob17    which book?\n· what you type goes to everybody in “readers”");
    await first.sees(`alice17 → ${title} ›`);
    await carol.account.groups.send(id, "any");
    await first.sees("12:00 carol17  any\n");
    await first.enter("the first one");
    await first.sees(/12:00 alice17 {2}the first one ✓\n/);
    for (const each of [bob, carol]) await until(() => inGroups(each).includes("alice17: the first one"));
  });

  it("remembers what was said in groups, and counts what was not read there", async () => {
    const bob = await friend("bob20");
    const id = await bob.account.groups.found(CIRCLE);
    const title = `“circle” (${id.slice(0, 8)})`;
    const first = await settle("alice20");
    await first.enter(`/group join ${id}`);
    await first.sees(`${title}: you are in it now`);
    await first.enter(`/group talk ${id}`);
    await first.enter("hello circle");
    await first.sees("hello circle ✓");
    await bob.account.send("alice20", "only for you");
    await first.sees("bob20 has written (1 unread): /to bob20");
    await first.enter("/to bob20");
    await first.sees("alice20 → bob20 ›");
    await bob.account.groups.send(id, "hello alice");
    await first.sees(`bob20 has written in ${title} (1 unread)`);
    await first.enter("/list");
    await first.sees(`bob20\n${title} 1 unread\n`);
    await first.leave();
    const second = await sit("alice20");
    await second.sees(`bob20 has written in ${title} (1 unread): /group talk ${id.slice(0, 8)}`);
    await second.enter(`/group talk ${id.slice(0, 8)}`);
    await second.sees(`alice20 → ${title} ›`);
    await second.sees("12:00 alice20  hello circle ✓\n──── new ────\n12:00 bob20    hello alice\n");
  });

  it("says who cannot be heard in a group, and shows what was said to who is not in it any more", async () => {
    const bob = await friend("bob18");
    const alice = await settle("alice18");
    const id = await bob.account.groups.found({ ...CIRCLE, announcements: true });
    const short = id.slice(0, 8);
    await alice.enter(`/group talk ${id}`);
    await alice.sees("! nobody is registered under that name, or there is no such group for you");
    await alice.enter(`/group join ${id}`);
    await alice.sees("you are in it now");
    await bob.account.groups.send(id, "hear, hear");
    await alice.sees("bob18 has written in");
    await alice.enter(`/group talk ${short}`);
    await alice.sees(`hear, hear\n· you read “circle” (${short}): only its announcers, admins and owner write there`);
    await alice.enter("am I heard?");
    await alice.sees("am I heard? ✗");
    await alice.sees(`! not sent to “circle” (${short}): only its announcers, admins and owner write there`);
    await alice.enter("/to bob18");
    await alice.sees("alice18 → bob18");
    await bob.account.groups.send(id, "farewell");
    await alice.sees(`“circle” (${short}) 1] ›`);
    await bob.account.groups.remove(id, "alice18");
    await alice.sees(`· group ${short} has changed, or you are not in it any more`);
    await alice.sees(`[group ${short} 1] ›`);
    await alice.enter(`/group talk ${short}`);
    await alice.sees(`farewell\n! you are not in group ${short}: nothing that you say gets there`);
    await alice.sees("alice18 → bob18 ›");
  });

  it("lets nobody read in a group for whom it has only the directory's word, before that is taken", async () => {
    const [bob, carol] = [await friend("bob19"), await friend("carol19")];
    const alice = await settle("alice19");
    const id = await bob.account.groups.found(CIRCLE);
    const short = id.slice(0, 8);
    await alice.enter(`/group join ${id}`);
    await alice.sees("you are in it now");
    await alice.enter(`/group vouch ${short}`);
    await alice.sees("there is nobody for whom you have only the directory's word");
    await alice.enter("/logout");
    await alice.sees("messages for you wait");
    // What she does not see is signed with a key that is gone when she looks.
    await bob.account.groups.profile(id, { join: "invitation" });
    await bob.account.groups.invite(id, "carol19");
    await carol.account.groups.accept(id);
    await bob.account.release();
    await alice.enter(`/group show ${short}`);
    await alice.sees(/carol19 member, as the directory says/);
    await alice.enter(`/group talk ${short}`);
    await alice.sees(
      `not readable for carol19, in it as the directory says, until /group vouch ${short} takes its word`,
    );
    await alice.enter("is anybody here?");
    await until(() => carol.events.some(({ type }) => type === "keyAsked"));
    expect(inGroups(carol)).toEqual([]);
    await alice.enter(`/group vouch ${short}`);
    await alice.sees("you take the directory's word for ");
    await alice.enter("and now?");
    await until(() => inGroups(carol).includes("alice19: and now?"));
  });

  it("goes on when its Nym client was restarted", async () => {
    const bob = await friend("bob9");
    const alice = await settle("alice9");
    await directory.command({ command: "restart", client: "alice9", how: "killed" });
    await alice.sees("! the Nym client is gone; trying to reach it again");
    await alice.sees("· the Nym client is back");
    await bob.account.send("alice9", "still there?");
    await alice.sees("12:00 bob9     still there?");
  });

  it("does not let others steer the terminal", async () => {
    const bob = await friend("bob10");
    const alice = await settle("alice10");
    await bob.account.send("alice10", "\u001b[2J\u001b]0;owned\u0007\rfake\u202etxt.exe");
    await alice.sees("bob10    \ufffd[2J\ufffd]0;owned\ufffd");
    expect(alice.terminal.text).toContain("fake\ufffdtxt.exe");
  });

  it("explains itself", async () => {
    const alice = await settle("alice11");
    await alice.enter("/help");
    await alice.sees("/who NAME");
    await alice.sees("/recover KEY");
    await alice.sees("/request NAME [NOTE]  ask NAME to be your contact");
    for (const [mistake, answer] of [
      ["/frobnicate", "there is no /frobnicate: /help lists what there is"],
      ["/to", "/to takes a name: /to NAME"],
      ["/recover", "/recover takes a key: /recover KEY"],
      ["/quit now", "/quit takes nothing after it"],
      ["/to no_body!", "a name is 1 to 64 letters"],
    ] as const) {
      await alice.enter(mistake);
      await alice.sees(answer);
    }
  });

  it("waits for the last message when it is left", async () => {
    const bob = await friend("bob12");
    const alice = await settle("alice12");
    await alice.enter("/to bob12");
    await alice.sees("alice12 → bob12 ›");
    await alice.enter("goodbye");
    await alice.leave();
    await until(() => bob.texts().includes("alice12: goodbye"));
  });
});
