/** A Nym client inside this process, as its application meets it: the same requests, answers and pushes as a nym-client's. */
import type { ClientRequest, ClientResponse, Lane } from "../../src/protocol/nym-client/frames.js";
import { anonymousPackets, plainPackets, replyPackets } from "../../src/protocol/packets.js";
import type { Endpoint } from "../host/connection.js";
import type { Place, Seat } from "../host/place.js";
import type { Backlog } from "./backlog.js";
import type { MixnetEngine } from "./engine.js";
import type { SendQueue } from "./send-queue.js";

/** What a host is made of. */
export interface HostComponents {
  readonly engine: MixnetEngine;
  readonly place: Place;
  readonly queue: SendQueue;
  readonly backlog: Backlog;
}

/** Serves one engine. */
export class Host implements Endpoint {
  readonly #components: HostComponents;

  constructor(components: HostComponents) {
    this.#components = components;
  }

  admit(): Seat | undefined {
    return this.#components.place.take();
  }

  request(request: ClientRequest): ClientResponse | undefined {
    const { engine, queue, backlog } = this.#components;
    switch (request.type) {
      case "selfAddress":
        return { type: "selfAddress", address: engine.address };
      case "closedConnection":
        queue.drop(request.lane);
        return undefined;
      case "laneQueueLength":
        return this.#laneQueueLength(request.lane);
      case "send":
      case "sendAnonymous":
      case "reply": {
        // As with a nym-client the message itself does not count yet.
        const answer = request.lane === undefined ? undefined : this.#laneQueueLength(request.lane);
        queue.push(request.lane, async () => {
          backlog.add(packetsOf(request));
          await hand(engine, request);
        });
        return answer;
      }
    }
  }

  #laneQueueLength(lane: Lane): ClientResponse {
    return { type: "laneQueueLength", lane, length: this.#components.queue.length(lane) };
  }
}

type Message = Extract<ClientRequest, { type: "send" | "sendAnonymous" | "reply" }>;

function hand(engine: MixnetEngine, request: Message): Promise<void> {
  switch (request.type) {
    case "send":
      return engine.send(request.message, request.recipient);
    case "sendAnonymous":
      return engine.sendAnonymous(request.message, request.recipient, request.replySurbs);
    case "reply":
      return engine.reply(request.message, request.senderTag);
  }
}

function packetsOf(request: Message): number {
  const bytes = request.message.length;
  switch (request.type) {
    case "send":
      return plainPackets(bytes);
    case "sendAnonymous":
      return anonymousPackets(bytes, request.replySurbs);
    case "reply":
      return replyPackets(bytes);
  }
}
