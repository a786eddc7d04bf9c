/**
 * `npm run demo`: a directory, two users who register, find each other and write to each other, and what of all this the
 * directory can see. Everything is real but the mixnet, which is one in memory.
 */
import {
  type ClientEvent,
  connectToDirectory,
  createWebSocketTransport,
  type DirectoryClient,
  fingerprintOf,
  newKeyPair,
} from "../src/client/client.js";
import { anonymousPackets } from "../src/protocol/packets.js";
import { createStage } from "./demo/stage.js";
import { startTemporaryDirectory, type TemporaryDirectory } from "./demo/temporary-directory.js";
import { painterFor } from "./terminal.js";

const QUESTION = "Meet me where the trams turn. Tell nobody.";
const ANSWER = "I will be there at nine.";
/** What shipped NymCHAT clients attach to everything. */
const SHIPPED_SURBS = 10;
const CIPHERTEXT_SHOWN = 48;
const EXIT_INTERRUPTED = 130;

interface Person {
  readonly name: string;
  readonly client: DirectoryClient;
  readonly sent: Extract<ClientEvent, { type: "sent" }>[];
}

const paint = painterFor(process.stdout);
const stage = createStage((line) => process.stdout.write(`${line}\n`), paint);
const started = Date.now();

stage.title("NymDirectory", "a directory that people reach only through the Nym mixnet");
stage.step("A directory starts, on a small mixnet in memory instead of the real one");
try {
  await using directory = await startTemporaryDirectory();
  process.once("SIGINT", () => void directory[Symbol.asyncDispose]().then(() => process.exit(EXIT_INTERRUPTED)));
  await show(directory);
} catch (error) {
  process.stderr.write(`\nThe demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function show(directory: TemporaryDirectory): Promise<void> {
  const [address = ""] = directory.addresses;
  stage.fact("reachable", `at ${shorten(address)} and nowhere else`);
  stage.outcome("it has no domain, and it never learns the network address of anybody");

  stage.step("Alice and Bob each take a name for a key of their own");
  await using alice = await join(directory, "alice");
  await using bob = await join(directory, "bob");

  stage.step("Alice looks Bob up, as anybody can, without saying who asks");
  const entry = await alice.client.lookup("bob");
  if (entry === undefined) throw new Error("bob was not found");
  stage.outcome(`bob has the key ${await shortKey(entry.publicKey)}, signed by the directory`);

  stage.step("Alice writes to Bob");
  const ciphertext = await say(alice, bob, QUESTION);
  stage.gap();
  stage.fact("it sees", "alice, bob, when, how long, and this in place of the text:");
  stage.fact("", paint("dim", ciphertext));
  stage.fact("it cannot", "read it: only Bob's key opens it");
  stage.fact("", "forge it: Alice's key has signed it");
  stage.fact("", "locate them: answers travel by single-use reply blocks (SURBs)");

  stage.step("Bob answers");
  await say(bob, alice, ANSWER);

  stage.step("A look at the directory's disk and log");
  await inspect(directory);

  stage.step("What it took");
  await account(directory, [alice, bob]);
  stage.gap();
  stage.fact("Try it", `${paint("bold", "npm start")} in one terminal, then in two others`);
  stage.fact("", `${paint("bold", "npm run chat -- --as alice")} and ${paint("bold", "npm run chat -- --as bob")}`);
  stage.gap();
}

/** Connects a person and registers them under their name. */
async function join(directory: TemporaryDirectory, name: string): Promise<Person & AsyncDisposable> {
  const sent: Person["sent"] = [];
  const watch = stage.watch(name);
  const observe = (event: ClientEvent): void => {
    if (event.type === "sent") sent.push(event);
    watch(event);
  };
  const transport = createWebSocketTransport({ url: `${directory.users}/${name}` });
  const options = { directory: directory.addresses, replyKey: directory.replyKey, keepAlive: 0 };
  const client = await connectToDirectory({ transport, observe }, options);
  const { keyPair } = await newKeyPair();
  await client.register(name, keyPair);
  stage.outcome(`${name} is registered with the key ${await shortKey(keyPair.publicKey)}`);
  return { name, client, sent, [Symbol.asyncDispose]: () => client.close() };
}

/** One person writes, the other reads. Returns how the text looked on its way. */
async function say(from: Person, to: Person, text: string): Promise<string> {
  stage.speech(from.name, text);
  const sealed = await from.client.seal(to.name, text);
  await from.client.submit(sealed);
  for await (const { sender, plaintext } of to.client.messages()) {
    if (plaintext.kind !== "chat" || plaintext.text !== text) continue;
    stage.outcome(`${to.name} has decrypted it and checked that ${sender} signed it`);
    break;
  }
  const ciphertext = /ciphertext\W+([0-9a-f]+)/.exec(new TextDecoder().decode(sealed.request))?.[1] ?? "";
  return `${ciphertext.slice(0, CIPHERTEXT_SHOWN)}…`;
}

/** Searches what the directory has written for what must not be there. */
async function inspect(directory: TemporaryDirectory): Promise<void> {
  for (const text of [QUESTION, ANSWER])
    if ((await directory.filesWith(text)).length > 0) throw new Error("a text lies on the directory's disk");
  stage.outcome("neither text is anywhere on its disk");
  const log = await directory.log();
  if (/alice|bob/i.test(log)) throw new Error("a name stands in the directory's log");
  stage.outcome(`no name is in its log of ${log.trim().split("\n").length} lines`);
}

/** Counts packets, as the mixnet did. */
async function account(directory: TemporaryDirectory, people: readonly Person[]): Promise<void> {
  for (const { name } of people) {
    const { sent, received } = await directory.packets(name);
    stage.fact(name, `${sent} packets up, ${received} down`);
  }
  const shipped = people.map(({ sent }) =>
    sent.reduce((sum, { bytes }) => sum + anonymousPackets(bytes, SHIPPED_SURBS), 0),
  );
  const otherwise = `with ${SHIPPED_SURBS} SURBs each time, as older clients do: ${shipped.join(" and ")} up`;
  stage.fact("", paint("dim", otherwise));
  stage.fact("time", `${((Date.now() - started) / 1_000).toFixed(1)} s`);
}

async function shortKey(publicKey: Uint8Array): Promise<string> {
  return `${(await fingerprintOf(publicKey)).slice(0, 19)} …`;
}

function shorten(address: string): string {
  const [client = "", gateway = ""] = address.split("@");
  return `${client.slice(0, 12)}…@${gateway.slice(0, 8)}…`;
}
