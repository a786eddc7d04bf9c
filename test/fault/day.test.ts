/**
 * A day of a directory, an hour in less than a second: gateways flap, its own and its users', its connection is cut, its
 * Nym client restarts, keys rotate, users restart. Every hour everybody writes to somebody, and everybody gets everything:
 * after their next request, or their next log-in if their tag changed. Nothing is lost, and nothing grows.
 * `DAY_HOURS=720` makes it a month.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLoopbackMixnet, type LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { askStatus } from "../../src/control/ask.js";
import { socketPath } from "../../src/control/server.js";
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
/** A gateway that flaps is away for longer than a user waits for an answer. */
const FLAP_MS = 500;
/** What the directory's memory may grow by, in KiB, after the hours in which it is getting warm. */
const GROWTH_KIB = 30_000;

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

/** Whoever writes to `from` in this hour, never themselves. */
function recipientOf<T>(people: readonly T[], from: number, hour: number): T {
  const to = people[(from + 1 + (hour % (people.length - 1))) % people.length];
  if (to === undefined) throw new RangeError("nobody");
  return to;
}

/** Memory in KiB, and open files. */
function usage(pid: number): { resident: number; files: number } {
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  return { resident, files: readdirSync(`/proc/${pid}/fd`).length };
}

test(
  `${HOURS} hours of flaps and rotations: everybody gets everything, and nothing grows`,
  async () => {
    await using mixnet = createLoopbackMixnet({ seed: "a day", restartMs: 50, starvationMs: 500, retransmitMs: 50 });
    const { services } = await mixnet.listen();
    const [service] = mixnet.services;
    if (service === undefined) throw new Error("no service client");
    const scaled = { HANDOVER_SECONDS: "1", LANE_POLL_MS: "50", RECONNECT_MIN_MS: "20", RECONNECT_MAX_MS: "50" };
    const env = { NYM_CLIENT: "external", WEBSOCKET_URL: services[0] ?? "", ...scaled };
    await using directory = await startDirectory({ env: { ...env, LIMITS: "off" } });
    const pid = directory.child.pid ?? 0;
    const people = Array.from(
      { length: USERS },
      (_, index) => new Person(mixnet, service.address, `day-user-${index}`),
    );
    for (const person of people) await person.signIn("register");

    const happened = { flaps: 0, cuts: 0, ends: 0, rotations: 0, restarts: 0 };
    let early = usage(pid);
    for (let hour = 0; hour < HOURS; hour++) {
      const flaps: Promise<void>[] = [];
      if (hour % 2 === 0) {
        flaps.push(mixnet.flapGateway(service.name, FLAP_MS));
        happened.flaps++;
      }
      if (hour % 4 === 2) {
        flaps.push(mixnet.flapGateway(`day-user-${(hour >> 2) % USERS}`, FLAP_MS));
        happened.flaps++;
      }
      if (hour % 4 === 1 && mixnet.dropSocket(service.name)) happened.cuts++;
      if (hour % 3 === 1) {
        await mixnet.restart(service.name, hour % 2 === 0 ? "graceful" : "killed", DOWN_MS);
        happened.ends++;
      }
      if (hour % 6 === 5) {
        mixnet.rotateKeys();
        happened.rotations++;
      }
      if (hour % 3 === 2) {
        await people[Math.floor(hour / 3) % USERS]?.restart(hour % 2 === 0 ? "killed" : "graceful");
        happened.restarts++;
      }

      const sends = people.map((from, index) => {
        return { from, to: recipientOf(people, index, hour), body: `hour ${hour} from ${index}` };
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
      await Promise.all(flaps);
      if (hour === Math.min(6, HOURS - 1)) early = usage(pid);
    }

    expect(Object.values(happened).every((times) => times >= Math.floor(HOURS / 6))).toBe(true);
    const { resident, files } = usage(pid);
    expect(resident).toBeLessThan(early.resident + GROWTH_KIB);
    expect(files).toBeLessThanOrEqual(early.files + 2);
    const { requestsUnderWay, clients } = await until(async () => {
      const status = await askStatus(socketPath(join(directory.dataDir, "run")));
      return status.serving && status.clients.every(({ queuedPackets }) => queuedPackets === 0) && status;
    });
    expect(requestsUnderWay).toBe(0);
    // Each tag that there has been: a user's first one, and one more for each restart.
    expect(clients[0]?.senders).toBeLessThanOrEqual(USERS + happened.restarts);
  },
  HOURS * 10_000,
);
