/** A pipeline in this process between a real store and a Nym client that is a function: what a look-up costs without a socket. */
import { sign } from "node:crypto";
import type { BridgeEvent } from "../../src/bridge/bridge.js";
import { readEnvironment } from "../../src/config/environment.js";
import { loadConfig } from "../../src/config/load.js";
import { identityKey } from "../../src/directory-facts.js";
import type { Identity } from "../../src/identity/identity.js";
import { decisionContext, pipelineOptions } from "../../src/part-options.js";
import { startPipeline } from "../../src/pipeline/pipeline.js";
import { ADDRESS_BYTES, addressFromBytes } from "../../src/protocol/nym-client/address.js";
import type { SenderTag } from "../../src/protocol/nym-client/sender-tag.js";
import type { Store } from "../../src/store/store.js";
import { createCounters } from "../../src/telemetry/counters.js";

/** A pipeline that can be asked. */
export interface PipelineHere {
  /** Brings these messages, and resolves when each is answered. */
  ask(messages: readonly Buffer[]): Promise<void>;
  end(): Promise<void>;
}

/** Starts a pipeline over `store` with limits off that keeps no sealed replies. */
export function startPipelineHere(store: Store, identity: Identity, folder: string): PipelineHere {
  const { config } = loadConfig(
    readEnvironment(folder, { DATA_DIR: folder, NYM_CLIENT: "external", LIMITS: "off" }),
    folder,
  );
  const address = addressFromBytes(new Uint8Array(ADDRESS_BYTES).fill(7));
  const queue: (readonly BridgeEvent[])[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let due = 0;
  let answered: () => void = () => undefined;

  const push = (events: readonly BridgeEvent[]): void => {
    queue.push(events);
    wake();
  };
  const bridge = {
    index: 0,
    async *events(): AsyncIterable<readonly BridgeEvent[]> {
      while (!ended) {
        const next = queue.shift();
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield next;
      }
    },
    send(request: { readonly type: string }): void {
      if (request.type === "reply" && --due === 0) answered();
    },
    full: false,
    ...{ reconnect: () => undefined, endIntake: () => undefined },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const pipeline = startPipeline(
    {
      ...{ store, bridges: [bridge], counters: createCounters(), clock: Date.now, uptime: () => performance.now() },
      context: decisionContext(config, { identity, epoch: store.epoch }, () => [address]),
      sign: (content) => sign("sha256", Buffer.from(content), identity.replyKey).toString("hex"),
      directory: identityKey(identity),
      signStatement: (text) => identity.sign(text),
      ...{ opened: () => undefined, closed: () => undefined },
    },
    { ...pipelineOptions(config), sealed: 0 },
  );
  push([{ type: "opened", address, surbsLost: false }]);

  return {
    async ask(messages) {
      due = messages.length;
      const done = new Promise<void>((resolve) => (answered = resolve));
      push(messages.map((message, index) => ({ type: "received", senderTag: tagOf(index), message })));
      await done;
    },
    async end() {
      await pipeline.drain();
      ended = true;
      wake();
    },
  };
}

const TAG_HEX = 32;

function tagOf(number: number): SenderTag {
  return number.toString(16).padStart(TAG_HEX, "0") as SenderTag;
}
