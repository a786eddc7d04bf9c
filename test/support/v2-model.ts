/**
 * The directory as one function over a store in memory: codec, actions, verifier and the loop that takes a decision again
 * are the real ones. What the actions of both protocols mean together is tested on it.
 */
import { createHash } from "node:crypto";
import type { DecisionSettings, Dialect, Parsed, Reply } from "../../src/actions/action.js";
import { V1_ACTIONS } from "../../src/actions/v1/actions.js";
import { V2_ACTIONS } from "../../src/actions/v2/actions.js";
import { createChallenges } from "../../src/pipeline/challenges.js";
import type { AnyAction } from "../../src/pipeline/decode.js";
import { execute } from "../../src/pipeline/execute.js";
import { createLoader } from "../../src/pipeline/load.js";
import { createVerifier } from "../../src/pipeline/verify.js";
import { decodeV1Request } from "../../src/protocol/v1/decode.js";
import { decodeReply, encodeReply, type ReceivedReply } from "../../src/protocol/v2/reply-codec.js";
import { decodeRequest, encodeRequest } from "../../src/protocol/v2/request-codec.js";
import type { V2Reply } from "../../src/protocol/v2/reply.js";
import type { V2Request } from "../../src/protocol/v2/request.js";
import type { Change, Outcome } from "../../src/store/changes.js";
import type { Route } from "../../src/store/rows.js";
import type { Store } from "../../src/store/store.js";
import { createCounters } from "../../src/telemetry/counters.js";
import { createMac } from "../../src/util/mac.js";
import { hourAfter } from "../../src/util/time.js";
import { context, directory, NOW, routeOf, settings } from "./actions.js";
import { openMemoryStore } from "./memory-store.js";
import { openStore } from "./sqlite-store.js";

/** The route of a tag that is called so. */
function routeAt(label: string): Route {
  return routeOf(createHash("sha256").update(label).digest("hex").slice(0, 32));
}

const mac = createMac(new Uint8Array(32).fill(1));

/** What may differ from the settings of other tests. */
export interface ModelOptions {
  readonly settings?: Partial<DecisionSettings>;
  readonly limits?: { readonly messages: number; readonly bytes: number };
  /** Called before each commit; may let others go first, or say what becomes of it. */
  readonly committing?: (commit: () => Promise<Outcome>) => Promise<Outcome>;
}

/** A directory without users. */
export interface V2Model {
  readonly store: Store;
  /** What has been committed, in order. */
  readonly committed: Change[];
  /** Rows read so far. */
  readonly reads: number;
  readonly now: number;
  /** Lets time pass, and the store erase what has expired. */
  pass(ms: number): Promise<void>;
  /** The reply, as it is decoded by who asks. */
  ask(tag: string, request: V2Request, credit?: number): Promise<ReceivedReply>;
  /** The bytes of the reply, as they travel. */
  bytesOf(tag: string, request: V2Request): Promise<number>;
  /** The reply to a v1 message. */
  askV1(tag: string, message: string): Promise<Reply | undefined>;
}

/** Where the rows are. */
export const STORES = ["memory", "SQLite"] as const;

/** Makes one over a store of that kind. */
export async function openV2Model(kind: (typeof STORES)[number], options: ModelOptions = {}): Promise<V2Model> {
  const clock = { now: NOW };
  if (kind === "memory") return createV2Model(options, clock);
  const { store } = await openStore({ quota: options.limits, now: () => clock.now });
  return createV2Model(options, clock, store);
}

/** Makes one over a store in memory, if it is given no other that runs by the same clock. */
export function createV2Model(
  options: ModelOptions = {},
  clock = { now: NOW },
  store: Store = openMemoryStore({ quota: options.limits, now: () => clock.now }),
): V2Model {
  let reads = 0;
  const committed: Change[] = [];
  const counters = createCounters();
  const loader = createLoader(store);
  const challenges = createChallenges(
    100,
    () => clock.now,
    () => undefined,
  );
  const verify = createVerifier();
  const current = { ...settings, ...options.settings };

  async function commit(decisions: readonly (readonly Change[])[]): Promise<readonly Outcome[]> {
    return Promise.all(
      decisions.map((changes) => {
        const apply = async (): Promise<Outcome> => {
          const [outcome] = await store.commit([changes]);
          if (outcome?.status === "applied") committed.push(...changes);
          return outcome ?? { status: "failed" };
        };
        return options.committing === undefined ? apply() : options.committing(apply);
      }),
    );
  }

  async function run(action: AnyAction, request: Parsed<unknown, Dialect>): Promise<Reply | undefined> {
    let changes = 0;
    const reply = await execute(action, request, {
      store: { commit },
      load: (keys) => {
        reads += Object.keys(keys).length;
        return loader(keys);
      },
      verify,
      challenges,
      counters,
      context: () => ({ ...context, now: clock.now, settings: current, mac }),
      charge: () => true,
      committed: (applied) => void (changes += applied.length),
    });
    if (changes > 0 && action.readOnly) throw new Error("what is said to change nothing has changed something");
    return reply;
  }

  async function replyOf(tag: string, request: V2Request, credit: number): Promise<Uint8Array> {
    const decoded = decodeRequest(encodeRequest(request), { maxBytes: 2 ** 20 });
    if (decoded.ok === undefined) throw new Error("this is no request");
    const body = decoded.ok;
    const action = V2_ACTIONS[body.action] as AnyAction;
    const reply = await run(action, { dialect: "v2", body, origin: routeAt(tag), credit });
    return encodeReply(reply as V2Reply, { directory: directory.identity, sign: () => new Uint8Array(64) });
  }

  return {
    store,
    committed,
    get reads() {
      return reads;
    },
    get now() {
      return clock.now;
    },
    async pass(ms) {
      clock.now += ms;
      await store.sweep(hourAfter(clock.now));
    },
    async ask(tag, request, credit = 10) {
      const reply = decodeReply(await replyOf(tag, request, credit));
      if (reply === undefined || reply.action === "push") throw new Error("this is no reply");
      return reply;
    },
    bytesOf: async (tag, request) => (await replyOf(tag, request, 1)).length,
    askV1(tag, message) {
      const decoded = decodeV1Request(Buffer.from(message), { maxBytes: 65_536, maxDepth: 32 });
      if (decoded.ok === undefined) return Promise.resolve(decoded.reply);
      const { action, dialect, body } = decoded.ok;
      return run(V1_ACTIONS[action], { dialect, body, origin: routeAt(tag), credit: 10 });
    },
  };
}
