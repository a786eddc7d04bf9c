/** A user in a run: does what a step says, and checks each answer against the model. */
import type { LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import type { Random } from "../../nym-client/loopback/random.js";
import { userName } from "../../src/protocol/v2/names.js";
import type { Bodies } from "../../src/protocol/v2/request.js";
import type { SequenceRange } from "../../src/protocol/v2/terms.js";
import { attachLink } from "../v2-user/link.js";
import { type AskOptions, RawUser } from "../v2-user/raw-user.js";
import { Judge } from "./judge.js";
import { hex, type Ledger, type Person } from "./ledger.js";
import type { Step } from "./program.js";

/** What an actor needs. */
export interface ActorComponents {
  readonly mixnet: LoopbackMixnet;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Ends all that waits. */
  readonly signal: AbortSignal;
}

/** A message that an actor has sent, to be sent once more. */
interface Sent {
  readonly body: Bodies["send"];
  readonly id: AskOptions["id"] & object;
  readonly surbs: number;
}

const DIRECTORY = "nym-directory";
const PATIENCE_MS = 60;
const MAX_RANGES = 32;
const ASKED_RECEIPTS = 20;

/** A user, their Nym client, and what the model knows of them. */
export class Actor {
  readonly user: RawUser;
  readonly person: Person;
  readonly #components: ActorComponents;
  readonly #judge: Judge;
  readonly #sent: Sent[] = [];
  #registering: Promise<void> | undefined;
  #restarting = false;

  constructor(name: string, components: ActorComponents) {
    const { ledger, random, signal } = components;
    this.#components = components;
    this.person = ledger.addPerson(name);
    const known = userName(name);
    if (known === undefined) throw new Error("that is no name");
    this.user = new RawUser(
      { name: known, recovery: random.chance(0.5) },
      {
        clock: () => ledger.clock(),
        random: () => random.next(),
        signal,
        asking: (request, signer) => ledger.asking(request, signer),
        items: (items) => {
          for (const item of items) this.#take(item.sequence, item.kind === "message" ? hex(item.id) : undefined);
        },
      },
      { patience: PATIENCE_MS },
    );
    this.#judge = new Judge(ledger, this.person, this.user);
    this.#attach();
  }

  /** Registered, and not about to leave. */
  get live(): boolean {
    return this.person.registered !== undefined && this.person.releaseAsked === undefined;
  }

  /** Registers once; everything else waits for it. */
  register(): Promise<void> {
    this.#registering ??= this.#register();
    return this.#registering;
  }

  async login(): Promise<void> {
    this.#judge.expects("login", await this.user.login());
  }

  async perform(step: Extract<Step, { user: number }>, others: readonly Actor[]): Promise<void> {
    if (step.do === "restartUser") return this.#restart(step.how, step.down);
    await this.register();
    if (!this.live) return;
    switch (step.do) {
      case "send":
        return this.#sendNew(step, others[step.to]?.person ?? this.person);
      case "again":
        return this.#sendAgain(step);
      case "fetch":
        return this.fetch(step.after === "start" ? 0 : Math.max(0, ...this.person.arrived), step.packets);
      case "ack":
        return this.acknowledge(step.which === "all" ? 1 : 0.5);
      case "lookup":
        return this.#lookUp(others[step.of]?.person ?? this.person);
      case "bring":
        await this.user.refresh(step.surbs);
        return;
      case "receipts":
        return this.#askReceipts();
      case "status":
        await this.status();
        return;
      case "login":
        return this.login();
      case "logout":
        this.#judge.expects("logout", await this.user.ask("logout", {}));
        return;
      case "recover":
        if (this.user.recovery !== undefined) await this.#changeKey("recover");
        return;
      case "rotate":
        return this.#changeKey("rotate");
      case "release":
        return this.#release();
      case "exhaust":
        this.#components.mixnet.exhaust(DIRECTORY);
    }
  }

  async fetch(after: number, packets: number): Promise<void> {
    this.#judge.expects("fetch", await this.user.ask("fetch", { after, packets }, { surbs: packets + 1 }));
  }

  /** Acknowledges what has arrived, or some of it. */
  async acknowledge(part: number): Promise<void> {
    const { random } = this.#components;
    const chosen = [...this.person.unacknowledged].filter(() => part === 1 || random.chance(part));
    const ranges = rangesOf(chosen).slice(0, MAX_RANGES);
    if (ranges.length === 0) return;
    this.#judge.expects("ack", await this.user.ask("ack", { ranges }));
    for (const { first, last } of ranges) {
      for (let sequence = first; sequence <= last; sequence++) this.person.unacknowledged.delete(sequence);
    }
  }

  /** How many items wait in the mailbox, as the directory says; `undefined` for a user who leaves. */
  async status(): Promise<number | undefined> {
    const { ledger } = this.#components;
    const begun = ledger.now();
    const last = Math.max(0, ...this.person.items.keys());
    const reply = await this.user.ask("status", {});
    if (!this.#judge.expects("status", reply)) return undefined;
    const { keyVersion, lastSequence, waiting } = reply.answer;
    this.#judge.keyVersion(this.person, keyVersion, undefined, begun);
    if (lastSequence < last) ledger.violation("the last sequence has gone back");
    return waiting.messages;
  }

  /** The states of those messages of this user, by id. */
  async states(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (let from = 0; from < ids.length; from += ASKED_RECEIPTS) {
      const part = ids.slice(from, from + ASKED_RECEIPTS);
      const body = { ids: part.map((id) => new Uint8Array(Buffer.from(id, "hex")) as Sent["id"]) };
      const reply = await this.user.ask("receipts", body);
      if (!this.#judge.expects("receipts", reply)) return found;
      for (const [index, id] of part.entries()) found.set(id, reply.answer.states[index] ?? "missing");
    }
    return found;
  }

  /** Connects, unless that is done already. */
  #attach(): void {
    const { mixnet } = this.#components;
    if (this.user.link !== undefined) return;
    this.user.link = attachLink(mixnet, this.person.name, mixnet.addressOf(DIRECTORY), {
      onMessage: (message) => this.user.receive(message),
      onClose: () => (this.user.link = undefined),
    });
  }

  async #restart(how: "graceful" | "killed", down: number): Promise<void> {
    if (this.#restarting) return;
    this.#restarting = true;
    this.#components.ledger.figures.tagChanges++;
    this.user.link = undefined;
    await this.#components.mixnet.restart(this.person.name, how, down);
    this.#attach();
    this.#restarting = false;
  }

  async #register(): Promise<void> {
    const reply = await this.user.register();
    const { ledger } = this.#components;
    if (reply.result !== "ok") {
      ledger.violation(`a registration was answered ${reply.result}`);
      return;
    }
    this.person.registered = ledger.now();
    this.#confirmKey();
  }

  async #sendNew({ bytes, hours, receipt, surbs }: Extract<Step, { do: "send" }>, to: Person): Promise<void> {
    const body = Buffer.alloc(bytes);
    for (let index = 0; index < bytes; index++) body[index] = Math.floor(this.#components.random.next() * 256);
    const recipient = userName(to.name);
    if (recipient === undefined) throw new Error("that is no name");
    const id = new Uint8Array(16) as Sent["id"];
    for (let index = 0; index < id.length; index++) id[index] = Math.floor(this.#components.random.next() * 256);
    const sent = { id, surbs, body: { recipient, body, receipt, ...(hours !== undefined && { hours }) } };
    this.#sent.push(sent);
    await this.#send(sent);
  }

  async #sendAgain({ nth, other }: Extract<Step, { do: "again" }>): Promise<void> {
    const sent = this.#sent.at(-1 - nth);
    const message = sent && this.#components.ledger.messages.get(hex(sent.id));
    if (sent === undefined || message === undefined) return;
    if (!other) return this.#send(sent);
    if (message.stored === undefined) return;
    message.contested = true;
    const body = { ...sent.body, body: Buffer.concat([sent.body.body, Buffer.from("!")]) };
    const reply = await this.user.ask("send", body, sent);
    // A copy of the first request may have been answered meanwhile: replies have ids, not more.
    if (reply.result !== "ok" && reply.result !== "idReused") this.#judge.expects("send of another message", reply);
  }

  async #send({ id, surbs, body }: Sent): Promise<void> {
    const { ledger } = this.#components;
    const begun = ledger.now();
    const reply = await this.user.ask("send", body, { id, surbs });
    const message = ledger.messages.get(hex(id));
    if (message === undefined) throw new Error("the model does not know the message");
    this.#judge.send(message, reply, begun);
  }

  async #lookUp(of: Person): Promise<void> {
    const { ledger } = this.#components;
    const begun = ledger.now();
    const name = userName(of.name);
    if (name === undefined) return;
    const reply = await this.user.ask("lookup", { name });
    if (!this.#judge.expects("lookup", reply)) return;
    const { identity } = this.user.bound ?? (await this.user.refresh());
    this.#judge.lookup(of, reply.answer, identity, begun);
  }

  async #askReceipts(): Promise<void> {
    const { ledger } = this.#components;
    const stored = this.#sent.slice(-ASKED_RECEIPTS).flatMap(({ id }) => {
      const message = ledger.messages.get(hex(id));
      return message?.stored === undefined ? [] : [message];
    });
    if (stored.length === 0) return;
    for (const [id, state] of await this.states(stored.map(({ id }) => id))) {
      const message = ledger.messages.get(id);
      if (message !== undefined) this.#judge.state(message, state);
    }
  }

  async #changeKey(action: "rotate" | "recover"): Promise<void> {
    const reply = await this.user.changeKey(action);
    if (this.#judge.expects(action, reply)) this.#confirmKey();
  }

  async #release(): Promise<void> {
    this.user.leaving = true;
    if (this.#judge.expects("release", await this.user.ask("release", {})))
      this.person.released = this.#components.ledger.now();
  }

  #confirmKey(): void {
    const { ledger } = this.#components;
    const key = hex(this.user.keys.publicKey);
    for (const known of this.person.keys) if (known.key === key) known.confirmed ??= ledger.now();
  }

  #take(sequence: number, id: string | undefined): void {
    const { arrived, unacknowledged } = this.person;
    if (!arrived.has(sequence)) unacknowledged.add(sequence);
    arrived.add(sequence);
    const message = id === undefined ? undefined : this.#components.ledger.messages.get(id);
    if (message !== undefined) message.arrived = true;
  }
}

/** Ascending ranges that cover exactly these. */
function rangesOf(sequences: readonly number[]): SequenceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const sequence of [...sequences].sort((one, other) => one - other)) {
    const range = ranges.at(-1);
    if (range?.last === sequence - 1) range.last = sequence;
    else ranges.push({ first: sequence, last: sequence });
  }
  return ranges;
}
