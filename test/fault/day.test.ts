/**
 * A day of a directory, an hour in a second: its gateway flaps, its Nym client restarts, keys rotate, users restart.
 * Every hour everybody writes to somebody, and everybody gets everything: after their next request, or their next log-in
 * if their tag changed. Nothing is lost, and nothing grows.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { NymAddress } from "../../src/protocol/nym-client/address.js";
import { startDirectory } from "../support/directory.js";
import { TestApp } from "../support/loopback-apps.js";
import { until } from "../support/until.js";
import { envelope, nonceOf, query, V1User, type V1Envelope } from "../support/v1-user.js";

const HOURS = Number(process.env["DAY_HOURS"] ?? 24);
const USERS = 4;
const SURBS = 10;
const PATIENCE_MS = 400;
/** A Nym client that restarts is away for longer than the directory takes to look for it. */
const DOWN_MS = 300;

/** A person with a Nym client, who asks again when no answer comes. */
class Person {
  readonly user: V1User;
  readonly received = new Set<string>();
  readonly #mixnet: LoopbackMixnet;
  readonly #directory: NymAddress;
  #app: TestApp;
  #answers: V1Envelope[] = [];

  constructor(mixnet: LoopbackMixnet, directory: NymAddress, name: string) {
    this.user = new V1User(name);
    this.#mixnet = mixnet;
    this.#directory = directory;
    this.#app = this.#attach();
  }

  #attach(): TestApp {
    const app = new TestApp(this.#mixnet, this.user.name);
    const read = async (): Promise<void> => {
      for (;;) {
        const event = await app.arrivals.next();
        if (event.type !== "received") continue;
        const reply = envelope(event.message.toString());
        if (reply.action === "incomingMessage") this.received.add((JSON.parse(reply.content) as { body: string }).body);
        else this.#answers.push(reply);
      }
    };
    void read();
    return app;
  }

  /** Sends until an answer of one of these actions is there. */
  async ask(message: string, ...actions: string[]): Promise<V1Envelope> {
    this.#answers = [];
    for (;;) {
      this.#app.ask(this.#directory, message, SURBS);
      const asked = Date.now();
      while (Date.now() - asked < PATIENCE_MS) {
        const answer = this.#answers.find(({ action }) => actions.includes(action));
        if (answer !== undefined) return answer;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  /** Registers or logs in: whatever it takes to be known under the present tag. */
  async signIn(how: "register" | "login"): Promise<void> {
    for (;;) {
      const challenge = await this.ask(this.user[how](), "challenge", "challengeResponse");
      if (challenge.action !== "challenge") {
        expect(challenge.content).toBe("error: username already in use");
        return this.signIn("login");
      }
      const respond = how === "register" ? "registrationResponse" : "loginResponse";
      const result = await this.ask(this.user[respond](nonceOf(challenge)), "challengeResponse");
      if (result.content === "success") return;
    }
  }

  async restart(how: "graceful" | "killed"): Promise<void> {
    await this.#mixnet.restart(this.user.name, how, 10);
    this.#app = this.#attach();
    await this.signIn("login");
  }
}

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

test(`${HOURS} hours of flaps and rotations: everybody gets everything, and nothing grows`, async () => {
  await using mixnet = createLoopbackMixnet({ seed: "a day", restartMs: 50, starvationMs: 500, retransmitMs: 50 });
  const { services } = await mixnet.listen();
  const [service] = mixnet.services;
  if (service === undefined) throw new Error("no service client");
  const scaled = { HANDOVER_SECONDS: "1", LANE_POLL_MS: "50", RECONNECT_MIN_MS: "20", RECONNECT_MAX_MS: "50" };
  const env = { NYM_CLIENT: "external", WEBSOCKET_URL: services[0] ?? "", ...scaled };
  await using directory = await startDirectory({ env: { ...env, LIMITS: "off" } });
  const people = Array.from({ length: USERS }, (_, index) => new Person(mixnet, service.address, `day-user-${index}`));
  for (const person of people) await person.signIn("register");

  let early = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    if (hour % 2 === 0) mixnet.dropSocket(service.name);
    if (hour % 3 === 1) await mixnet.restart(service.name, hour % 2 === 0 ? "graceful" : "killed", DOWN_MS);
    if (hour % 6 === 5) mixnet.rotateKeys();
    if (hour % 4 === 3) await people[hour % USERS]?.restart(hour % 8 === 3 ? "killed" : "graceful");

    const sends = people.map((from, index) => {
      const to = people[(index + 1 + (hour % (USERS - 1))) % USERS] ?? from;
      return { from, to, body: `hour ${hour} from ${index}` };
    });
    await Promise.all(
      sends.map(async ({ from, to, body }) => {
        const answer = await from.ask(from.user.send(to.user.name, JSON.stringify(body)), "sendResponse");
        expect(answer.content).toBe("success");
      }),
    );
    for (const { to, body } of sends) {
      await until(async () => {
        if (!to.received.has(body)) await to.ask(query(to.user.name), "queryResponse");
        return to.received.has(body);
      });
    }
    if (hour === Math.min(6, HOURS - 1)) early = residentKiB(directory.child.pid ?? 0);
  }
  expect(residentKiB(directory.child.pid ?? 0)).toBeLessThan(early * 1.5 + 30_000);
}, 240_000);
