/**
 * The pipeline: what comes from the pool of Nym clients goes one way, through the stages, and leaves by the client that
 * it came in by. This file joins the stages; what each promises stands in its own.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { V1_ACTIONS } from "../actions/v1/actions.js";
import type { Action, DecisionContext, Parsed } from "../actions/action.js";
import type { Bridge } from "../bridge/bridge.js";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { decodeV1Request } from "../protocol/v1/decode.js";
import type { Reply } from "../protocol/v1/reply.js";
import type { V1Request } from "../protocol/v1/request.js";
import type { Change } from "../store/changes.js";
import { routeOwner, type UserId } from "../store/rows.js";
import type { Store } from "../store/store.js";
import type { Counters } from "../telemetry/counters.js";
import type { Clock } from "../util/time.js";
import { type AdmitLimits, createAdmission } from "./admit.js";
import { askLanes, type BacklogLimits, forgetLane, type Intake, intakeOf } from "./backlog.js";
import { createChallenges } from "./challenges.js";
import { createDelivery, type DeliveryOptions } from "./delivery.js";
import { createEventStage } from "./events.js";
import { execute } from "./execute.js";
import { createLoader } from "./load.js";
import { enqueue } from "./order.js";
import { createOutbox } from "./outbox.js";
import { createSealer } from "./seal.js";
import { createPoolClient, isLive, type PoolClient, type Session } from "./session.js";
import { createVerifier } from "./verify.js";

/** What the pipeline stands on. */
export interface PipelineComponents {
  readonly store: Store;
  readonly bridges: readonly Bridge[];
  readonly counters: Counters;
  /** Milliseconds since any moment, by a clock that nobody sets: for how long things take. */
  readonly uptime: Clock;
  /** The context of a decision taken now. */
  readonly context: () => DecisionContext;
  /** Signs the content of a v1 reply: hex. */
  readonly sign: (content: string) => string;
  /** Told whenever a Nym client has opened. */
  readonly opened: (index: number, address: NymAddress, surbsLost: boolean) => void;
  /** Told whenever the connection to one is gone. */
  readonly closed: (index: number) => void;
}

/** The settings of the pipeline; times in milliseconds. */
export interface PipelineOptions {
  readonly delivery: Omit<DeliveryOptions, "mailboxes" | "backlog">;
  readonly backlog: BacklogLimits;
  /** Requests under way, before no more is read from the Nym clients. */
  readonly inbox: number;
  /** Sessions remembered for each Nym client. */
  readonly sessions: number;
  readonly challenges: number;
  /** The largest request, in bytes. */
  readonly maxRequestBytes: number;
  readonly limits: AdmitLimits | undefined;
}

/** SURBs that a v1 request brings: shipped clients attach this many to every message. */
const V1_SURBS = 10;
/** More than this many are not counted on: they die with the next key rotation anyway. */
const MAX_SURBS = 1000;
/** Levels of nesting of a request; a shipped client's have five. */
const MAX_DEPTH = 64;
/** Sealed replies kept: look-ups of this many users are signed once. */
const SEALED_REPLIES = 20_000;

/** What is at one Nym client at the moment. */
export interface ClientLoad {
  /** It is connected and has answered. */
  readonly open: boolean;
  /** Senders heard from. */
  readonly sessions: number;
  /** Lanes that are believed to hold packets, and how many packets in all. */
  readonly lanes: number;
  readonly queued: number;
  /** Packets that were seen to have left, ever. */
  readonly departed: number;
}

/** A running pipeline. */
export interface Pipeline {
  /** What is at the Nym client of this position in the pool. */
  load(client: number): ClientLoad;
  /** Requests that are not answered yet. */
  readonly underWay: number;
  /** Ends the intake, and resolves when what had been taken in has been answered. */
  drain(): Promise<void>;
}

/** Starts to serve what the bridges bring. */
export function startPipeline(components: PipelineComponents, options: PipelineOptions): Pipeline {
  const { store, counters, uptime } = components;
  const load = createLoader(store);
  const verify = createVerifier();
  const seal = createSealer(components.sign, SEALED_REPLIES);
  const challenges = createChallenges(options.challenges, uptime, () => counters.add("challenges.evicted"));
  const admission = createAdmission(options.limits, uptime);
  const outbox = createOutbox(counters);
  const mailboxes = options.sessions * components.bridges.length;
  const { backlog } = options;
  const delivery = createDelivery(
    { store, outbox, seal, counters, clock: uptime },
    { ...options.delivery, backlog, mailboxes },
  );
  const { opened, closed } = components;
  const handle = createEventStage({ outbox, delivery, counters, clock: uptime, receive, opened, closed });
  let underWay = 0;
  const ended: (() => void)[] = [];

  const clients = components.bridges.map((bridge) =>
    createPoolClient(bridge, options.sessions, (session) => {
      counters.add("sessions.evicted");
      forgetLane(session);
      delivery.lost(session);
    }),
  );

  async function read(client: PoolClient): Promise<void> {
    for await (const events of client.bridge.events()) {
      for (const event of events) {
        while (underWay >= options.inbox) await room();
        handle(client, event);
      }
    }
  }

  /** Resolves when a request has ended. What waits for it keeps its order, at the Nym client at last. */
  function room(): Promise<void> {
    return new Promise((resolve) => ended.push(resolve));
  }

  function receive(session: Session, message: Buffer): void {
    session.surbs = Math.min(MAX_SURBS, session.surbs + V1_SURBS);
    const decoded = decodeV1Request(message, { maxBytes: options.maxRequestBytes, maxDepth: MAX_DEPTH });
    if (decoded.drop !== undefined) return counters.add(decoded.drop);
    const { action } = decoded.ok ?? decoded;
    if (!admission.request(session, action)) return counters.add("dropped.limited");
    const intake = intakeOf(session.client, backlog);
    counters.add(intake === "open" ? `requests.${action}` : "dropped.backlog");
    if (intake === "closed") return;
    if (session.owner === "unknown") void findOwner(session);
    underWay++;
    const run = decoded.ok === undefined ? () => Promise.resolve(decoded.reply) : stepsOf(session, decoded.ok, intake);
    enqueue(session, { readOnly: action === "query", run, state: "waiting", reply: undefined }, release);
  }

  /** The one place where the type of a request and the table of actions meet. */
  function stepsOf(session: Session, request: V1Request, intake: Intake): () => Promise<Reply | undefined> {
    const action = V1_ACTIONS[request.action] as Action<unknown>;
    const parsed: Parsed<unknown> = { dialect: request.dialect, body: request.body, origin: session.route };
    if (intake !== "open") return () => Promise.resolve(action.failed(parsed));
    return () =>
      execute(action, parsed, {
        store,
        load,
        verify,
        challenges,
        counters,
        context: components.context,
        charge: (user) => admission.send(user),
        committed: (changes, users) => committed(session, changes, users),
      });
  }

  function committed(session: Session, changes: readonly Change[], users: readonly UserId[]): void {
    let inserted = 0;
    for (const change of changes) {
      if (change.kind === "insertUser") {
        const user = users[inserted++];
        if (user !== undefined) delivery.routed(user, session);
      } else if (change.kind === "moveRoute") {
        delivery.routed(change.user, session);
      } else if (change.kind === "storeMessage") {
        counters.add("messages.stored");
        delivery.stored(change.recipient);
      }
    }
  }

  function release(session: Session, reply: Reply | undefined): void {
    if (reply !== undefined) outbox.reply(session, seal(reply));
    delivery.heard(session);
    underWay--;
    for (const resolve of ended.splice(0)) resolve();
  }

  /** Looks up, once for each session, whose route it is: messages may be waiting for them. */
  async function findOwner(session: Session): Promise<void> {
    session.owner = undefined;
    const { client, tag } = session.route;
    try {
      const { owner } = await load({ owner: routeOwner(client, tag) });
      if (owner !== undefined && isLive(session)) delivery.owned(owner, session);
    } catch {
      // Asked again at the next request, unless a signature tells it before.
      session.owner ??= "unknown";
    }
  }

  for (const client of clients) void read(client);
  const lanePoll = setInterval(() => {
    for (const client of clients) askLanes(client, (session) => outbox.askLane(session));
  }, options.delivery.lanePoll);
  return {
    load(index) {
      const client = clients[index];
      if (client === undefined) throw new RangeError("there is no such Nym client");
      const { open, sessions, busyLanes, queued, departed } = client;
      return { open, sessions: sessions.size, lanes: busyLanes.size, queued, departed };
    },
    get underWay() {
      return underWay;
    },
    async drain() {
      for (const { bridge } of clients) bridge.endIntake();
      // Whoever reads has what came before that by the next turn of the event loop, or waits for room.
      await nextTurn();
      while (underWay > 0) {
        await room();
        await nextTurn();
      }
      clearInterval(lanePoll);
      await delivery.drain();
    },
  };
}
