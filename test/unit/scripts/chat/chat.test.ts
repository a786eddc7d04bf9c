import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Chat } from "../../../../scripts/chat/chat.js";
import { createLook } from "../../../../scripts/chat/look.js";
import { openProfile, type Profile } from "../../../../scripts/chat/profile.js";
import { createScreen } from "../../../../scripts/chat/screen.js";
import { painterFor } from "../../../../scripts/terminal.js";
import { connectToDirectory } from "../../../../src/client/directory-client.js";
import { createLoopbackTransport } from "../../../../src/client/loopback-transport.js";
import { sendReply } from "../../../../src/protocol/v1/reply.js";
import { type ClientNetwork, createClientNetwork, FAST, type TestClient } from "../../../support/client-network.js";
import { VirtualTerminal } from "../../../support/virtual-terminal.js";

const NOON = new Date(2026, 4, 17, 12, 0).getTime();

let folder: string;
let network: ClientNetwork;
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-"));
  network = createClientNetwork();
  closing = [];
});

afterEach(async () => {
  for (const close of closing) await close();
  await network[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Person {
  readonly terminal: VirtualTerminal;
  readonly profile: Profile;
  /** Types a line. */
  enter(line: string): Promise<void>;
  /** Waits until this is to be seen. */
  sees(text: string | RegExp): Promise<void>;
  /** Leaves, and waits until everything is done. */
  leave(): Promise<void>;
}

/** Somebody at a terminal. */
async function sit(name: string, options = {}): Promise<Person> {
  const terminal = new VirtualTerminal(100);
  const profile = await openProfile({ folder, name, keepHistory: true });
  const screen = createScreen({
    input: terminal.keyboard,
    output: terminal,
    interactive: true,
    complete: () => [],
    keepTyped: (line) => line.startsWith("/"),
    history: [],
  });
  const chat = new Chat({ profile, screen, look: createLook(painterFor(terminal), () => NOON), now: () => NOON });
  const client = await connectToDirectory(
    {
      transport: createLoopbackTransport(network.mixnet, name, { reconnect: [5, 20] }),
      store: profile.store,
      observe: (event) => chat.observe(event),
    },
    { directory: network.directory.address, ...FAST, ...options },
  );
  const done = chat.run(client).then(async () => {
    screen.close();
    await client.close();
    await profile.close();
  });
  const person: Person = {
    terminal,
    profile,
    enter: (line) => terminal.type(`${line}\r`),
    sees: (text) => expect.poll(() => terminal.text, { timeout: 10_000 }).toMatch(text),
    async leave() {
      screen.close();
      await done;
    },
  };
  closing.push(() => person.leave());
  await person.sees(/you are |yet: |tries again/);
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
async function friend(name: string, nymClient = name): Promise<TestClient> {
  const person = await network.connect(nymClient);
  await person.client.register(name, person.keys);
  return person;
}

describe("a chat", () => {
  it("tells a newcomer what to do", async () => {
    const alice = await sit("alice");
    await alice.enter("hello?");
    await alice.sees("to whom?");
    expect(alice.terminal.text).toBe(
      [
        "· nobody is called alice yet: /register takes the name",
        "· /to NAME begins a conversation, /help explains the rest",
        "! to whom? /to NAME begins a conversation",
        "alice ›",
      ].join("\n"),
    );
  });

  it("is a conversation: what is typed goes out and is ticked, what comes in stands above the line", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await alice.enter("/to bob");
    await alice.sees("alice → bob ›");
    await alice.enter("hello bob");
    await alice.sees("12:00 alice    hello bob ✓");
    expect((await bob.next()).plaintext).toEqual({ kind: "chat", text: "hello bob" });
    await alice.terminal.type("not ready y");
    await bob.client.send("alice", "hello\nalice");
    await alice.sees("hello\n");
    await alice.terminal.type("et");
    expect(alice.terminal.text).toMatch(
      /12:00 alice {4}hello bob ✓\n12:00 bob {6}hello\n {15}alice\nalice → bob › not ready yet$/,
    );
  });

  it("opens a conversation for the first who writes, and marks what others have written as unread", async () => {
    const alice = await settle("alice");
    const bob = await friend("bob");
    const carol = await friend("carol");
    await bob.client.send("alice", "it is bob");
    await alice.sees("12:00 bob      it is bob");
    await alice.sees("alice → bob ›");
    await carol.client.send("alice", "it is carol");
    await carol.client.send("alice", "are you there?");
    await alice.sees("carol has written (2 unread): /to carol");
    await alice.sees("alice → bob [carol 2] ›");
    expect(alice.terminal.text).not.toContain("it is carol");
    await alice.enter("/list");
    await alice.sees("bob\ncarol 2 unread\n");
    await alice.enter("/to CAROL");
    await alice.sees("──── new ────\n12:00 carol    it is carol\n12:00 carol    are you there?");
    await alice.sees("alice → carol ›");
    await alice.enter("/to bob");
    await alice.sees(/──── new ────[^]+12:00 bob {6}it is bob\n· what you type goes to bob/);
  });

  it("remembers everything the next time, what was not read too", async () => {
    const carol = await friend("carol");
    const bob = await friend("bob");
    const first = await settle("Alice");
    await first.enter("/to bob");
    await first.enter("hello bob");
    await first.sees("✓");
    await carol.client.send("alice", "later");
    await first.sees("1 unread");
    await first.leave();
    const second = await sit("alice");
    await second.sees("you are Alice, and messages for you come here");
    await second.sees("carol has written (1 unread): /to carol");
    await second.enter("/to bob");
    await second.sees("12:00 Alice    hello bob");
    await second.enter("again");
    await second.sees("again ✓");
    expect([await bob.next(), await bob.next()].map(({ sender }) => sender)).toEqual(["Alice", "Alice"]);
  });

  it("says what could not be sent, keeps it, and sends it again without sending it twice", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await alice.enter("/to bob");
    await alice.sees("alice → bob ›");
    network.directory.intercept = ({ action }) =>
      action === "send" ? sendReply("long", "error: database failure") : undefined;
    await alice.enter("do not lose this");
    await alice.sees("do not lose this ✗\n! not sent to bob: the directory could not store it. /retry sends it again");
    network.directory.intercept = () => undefined;
    await alice.enter("/retry");
    await alice.sees("do not lose this ✓");
    expect((await bob.next()).plaintext).toEqual({ kind: "chat", text: "do not lose this" });
    await alice.enter("/retry");
    await alice.sees("everything has been sent");
    expect(network.directory.stored).toHaveLength(1);
  });

  it("shows who somebody is, and what has changed", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await alice.enter("/who bob");
    await alice.sees(/bob has the key(\n {4}[0-9a-f]{4}( [0-9a-f]{4}){7}){2}\n· seen for the first time/);
    await alice.enter("/who BOB");
    await alice.sees("the same since you first met");
    await alice.enter("/who alice");
    await alice.sees("that is you");
    await alice.enter("/who nobody");
    await alice.sees("! nobody is registered under that name");
    network.directory.users.delete("bob");
    const impostor = await friend("bob", "impostor");
    await alice.enter("/who bob");
    await alice.sees(/! NOT the key trusted so far(\n {4}[0-9a-f]{4}( [0-9a-f]{4}){7}){2}/);
    await impostor.client.send("alice", "trust me");
    await alice.sees("another key than before");
    expect(alice.terminal.text).not.toContain("bob      trust me");
    await alice.enter("/trust bob");
    await alice.sees("from now on bob has the key");
    await impostor.client.send("alice", "thank you");
    await alice.sees("12:00 bob      thank you");
    expect(bob.keys.publicKey).not.toEqual(impostor.keys.publicKey);
  });

  it("says that a name is taken, and that a profile is not the name's", async () => {
    await friend("alice", "elsewhere");
    const alice = await sit("alice");
    await alice.sees("! your name is bound to another key than the one in this profile; /login tries again");
    await alice.enter("/register");
    await alice.sees("! that name belongs to somebody else: start again with another one, --as NAME");
    await alice.enter("/to alice");
    await alice.enter("hello");
    await alice.sees("! not sent to alice: you are not registered yet: /register takes your name");
  });

  it("goes on when its Nym client was restarted", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await network.mixnet.restart("alice", "killed");
    await alice.sees("! the Nym client is gone; trying to reach it again\n· the Nym client is back");
    await expect.poll(() => network.directory.requests.loginResponse).toBeGreaterThan(0);
    await bob.client.send("alice", "still there?");
    await alice.sees("12:00 bob      still there?");
  });

  it("does not let others steer the terminal", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await bob.client.send("alice", "\u001b[2J\u001b]0;owned\u0007\rfake\u202etxt.exe");
    await alice.sees("bob      \ufffd[2J\ufffd]0;owned\ufffd");
    expect(alice.terminal.text).toContain("fake\ufffdtxt.exe");
  });

  it("explains itself", async () => {
    const alice = await settle("alice");
    await alice.enter("/help");
    await alice.sees("/who NAME");
    for (const [mistake, answer] of [
      ["/frobnicate", "there is no /frobnicate: /help lists what there is"],
      ["/to", "/to takes a name: /to NAME"],
      ["/quit now", "/quit takes nothing after it"],
      ["/to no_body!", "a name is 1 to 64 letters"],
    ] as const) {
      await alice.enter(mistake);
      await alice.sees(answer);
    }
  });

  it("waits for the last message when it is left", async () => {
    const bob = await friend("bob");
    const alice = await settle("alice");
    await alice.enter("/to bob");
    await alice.sees("alice → bob ›");
    await alice.enter("goodbye");
    await alice.leave();
    expect((await bob.next()).plaintext).toEqual({ kind: "chat", text: "goodbye" });
    expect(alice.terminal.text).toContain("waiting until your last messages (1) are sent");
  });
});
