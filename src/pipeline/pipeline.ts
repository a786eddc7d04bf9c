/**
 * The pipeline: what comes from the pool of Nym clients goes one way, through the stages, and leaves by the client that
 * it came in by. This file joins the stages; what each promises stands in its own.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DecisionContext, Dialect, Parsed, Reply } from "../actions/action.js";
import type { Bridge } from "../bridge/bridge.js";
import type { NymAddress } from "../protocol/nym-client/address.js";
import { routeOwner } from "../store/rows.js";
import type { UserId } from "../store/identifiers.js";
import type { Store } from "../store/store.js";
import type { Counters } from "../telemetry/counters.js";
import type { Clock } from "../util/time.js";
import { type AdmitLimits, createAdmission } from "./admit.js";
import { askLanes, eased, type BacklogLimits, forgetLane, intakeOf, laneRoom } from "./backlog.js";
import { createChallenges } from "./challenges.js";
import { decode, type Incoming } from "./decode.js";
import { createCommitStage } from "./committed.js";
import { createEventStage } from "./events.js";
import { execute } from "./execute.js";
import type { HandOverOptions } from "./hand-over.js";
import { createFanOut } from "./fan-out.js";
import { createLoader } from "./load.js";
import { createMailboxes } from "./mailboxes.js";
import { enqueue, promise } from "./order.js";
import { countPrekeys } from "./prekey-counts.js";
import { createOutbox } from "./outbox.js";
import { createSealer, type SealComponents } from "./seal.js";
import type { PushOptions } from "./push.js";
import { createPoolClient, isLive, type PoolClient, type Session } from "./session.js";
import { SURB_RESERVE } from "./surb-reserve.js";
import { createVerifier } from "./verify.js";
import type { Work } from "./work.js";

/** What the pipeline stands on. */
export interface PipelineComponents extends SealComponents {
  readonly store: Store;
  readonly bridges: readonly Bridge[];
  readonly counters: Counters;
  /** Milliseconds since any moment, by a clock that nobody sets: for how long things take. */
  readonly uptime: Clock;
  /** The context of a decision taken now. */
  readonly context: () => DecisionContext;
  /** Told whenever a Nym client has opened. */
  readonly opened: (index: number, address: NymAddress, surbsLost: boolean) => void;
  /** Told whenever the connection to one is gone. */
  readonly closed: (index: number) => void;
}

/** The settings of the pipeline; times in milliseconds. */
export interface PipelineOptions {
  readonly delivery: Omit<HandOverOptions & PushOptions, "mailboxes" | "backlog">;
  readonly backlog: BacklogLimits;
  /** Requests under way, before no more is read from the Nym clients. */
  readonly inbox: number;
  /** Sessions remembered for each Nym client. */
  readonly sessions: number;
  readonly challenges: number;
  /** Sealed replies kept: look-ups of this many users are signed once. */
  readonly sealed: number;
  /** The largest request, in bytes. */
  readonly maxRequestBytes: number;
  readonly limits: AdmitLimits | undefined;
}

/** More than this many are not counted on: they die with the next key rotation anyway. */
const MAX_SURBS = 1000;

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
  /** The operator has had this user released, which put receipts into the mailboxes of others. */
  released(user: UserId, receipts: readonly UserId[]): void;
  /** Ends the intake, and resolves when what had been taken in has been answered. */
  drain(): Promise<void>;
}

/** Starts to serve what the bridges bring. */
export function startPipeline(components: PipelineComponents, options: PipelineOptions): Pipeline {
  const { store, counters, uptime } = components;
  const load = createLoader(store);
  const verify = createVerifier();
  const seal = createSealer(components, options.sealed);
  const challenges = createChallenges(options.challenges, uptime, () => counters.add("challenges.evicted"));
  const admission = createAdmission(options.limits, uptime);
  const outbox = createOutbox(counters);
  const { backlog } = options;
  const mailboxes = createMailboxes(
    { store, load, outbox, seal, counters, clock: uptime, random: Math.random },
    { ...options.delivery, backlog, mailboxes: options.sessions * components.bridges.length },
  );
  const { opened, closed } = components;
  const fanOut = createFanOut({
    clients: components.bridges.length,
    wake: (user) => mailboxes.stored(user),
    askLane: (session) => outbox.askLane(session),
  });
  const handle = createEventStage({ outbox, mailboxes, fanOut, counters, clock: uptime, receive, opened, closed });
  const committed = createCommitStage({ mailboxes, fanOut, counters });
  let underWay = 0;
  const ended: (() => void)[] = [];

  const clients = components.bridges.map((bridge) =>
    createPoolClient(bridge, options.sessions, (session) => {
      counters.add("sessions.evicted");
      forgetLane(session);
      mailboxes.lost(session);
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
    const incoming = decode(message, options);
    if ("drop" in incoming) return counters.add(incoming.drop);
    session.surbs = Math.min(MAX_SURBS, session.surbs + incoming.surbs);
    session.requestId = incoming.id ?? session.requestId;
    const { kind, parallel } = incoming;
    const admitted = admission.request(session, kind);
    if (!admitted) counters.add("dropped.limited");
    if (!admitted && !kind.startsWith("v2.")) return;
    const intake = intakeOf(session.client, backlog);
    if (admitted) counters.add(intake === "open" ? `requests.${kind}` : "dropped.backlog");
    if (intake === "closed") return;
    if (session.owner === "unknown") void findOwner(session);
    underWay++;
    const run = stepsOf(session, incoming.work, admitted && intake === "open");
    enqueue(
      session,
      { parallel, run, packets: 0, after: () => undefined, state: "waiting", reply: undefined },
      release,
    );
  }

  /** What is to be done for a request that is let in, or the reply of one that is not. */
  function stepsOf(session: Session, asked: Incoming["work"], open: boolean): Work["run"] {
    if (asked.action === undefined) return () => Promise.resolve(asked.refusal);
    const { action, dialect, body, paged } = asked;
    return async (work) => {
      const covered = session.surbs - SURB_RESERVE - (session.promised - work.packets);
      const credit = Math.max(1, Math.min(covered, laneRoom(session, backlog)));
      if (paged) promise(session, work, credit);
      const request: Parsed<unknown, Dialect> = { dialect, body, origin: session.route, credit };
      if (!open) return action.failed(request, "limited");
      let account: UserId | undefined;
      const reply = await execute(action, request, {
        store,
        load,
        verify,
        challenges,
        counters,
        context: components.context,
        charge: (user) => admission.user((account = user)),
        committed(changes, outcome) {
          work.after = () => committed(session, dialect === "v2" ? "v2" : "v1", changes, outcome);
        },
      });
      if (account !== undefined && reply !== undefined) told(account, session, reply);
      if (reply !== undefined) countPrekeys(reply, counters);
      return reply;
    };
  }

  /** Items that a reply brings are under way, as those that are pushed. */
  function told(user: UserId, session: Session, reply: Reply): void {
    if (reply.dialect !== "v2" || reply.result !== "ok" || reply.action !== "fetch") return;
    mailboxes.fetched(user, session, reply.answer.items);
  }

  function release(session: Session, reply: Reply | undefined, work: Work): void {
    if (reply !== undefined) outbox.reply(session, seal(reply));
    work.after();
    // Only now may pushes have what SURBs are left.
    promise(session, work, 0);
    mailboxes.heard(session);
    underWay--;
    for (const resolve of ended.splice(0)) resolve();
  }

  /** Looks up, once for each session, whose route it is: messages may be waiting for them. */
  async function findOwner(session: Session): Promise<void> {
    session.owner = undefined;
    const { client, tag } = session.route;
    try {
      const { owner } = await load({ owner: routeOwner(client, tag) });
      if (owner === undefined || !isLive(session)) return;
      mailboxes.owned(owner.user, session, owner.algorithm === "ed25519" ? "v2" : "v1");
    } catch {
      // Asked again at the next request, unless a signature tells it before.
      session.owner ??= "unknown";
    }
  }

  for (const client of clients) void read(client);
  const lanePoll = setInterval(() => {
    for (const client of clients) {
      askLanes(client, (session) => outbox.askLane(session));
      eased(client, backlog, (session) => mailboxes.regained(session));
    }
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
    released(user, receipts) {
      mailboxes.unrouted(user);
      fanOut.stored(receipts);
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
      await mailboxes.drain();
    },
  };
}
