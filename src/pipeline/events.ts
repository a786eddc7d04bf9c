/**
 * Events: what happens at one Nym client, and what follows from it for the sessions there. A message goes on to the
 * next stage; a connection that comes, goes or has lost its SURBs changes what may still be handed over.
 */
import type { BridgeEvent } from "../bridge/bridge.js";
import { addressIdentity, type NymAddress } from "../protocol/nym-client/address.js";
import type { Counters } from "../telemetry/counters.js";
import type { Clock } from "../util/time.js";
import { laneRead } from "./backlog.js";
import type { FanOut } from "./fan-out.js";
import type { Mailboxes } from "./mailboxes.js";
import type { Outbox } from "./outbox.js";
import { forgetSessions, hear, type PoolClient, type Session } from "./session.js";

/** What the stage stands on. */
export interface EventComponents {
  readonly outbox: Outbox;
  readonly mailboxes: Mailboxes;
  readonly fanOut: Pick<FanOut, "laneRead">;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Takes a message that came in with a tag. */
  readonly receive: (session: Session, message: Buffer) => void;
  /** Told whenever a Nym client has opened. */
  readonly opened: (index: number, address: NymAddress, surbsLost: boolean) => void;
  /** Told whenever the connection to one is gone. */
  readonly closed: (index: number) => void;
}

/** Takes one event of one client. */
export type EventStage = (client: PoolClient, event: BridgeEvent) => void;

/** Creates the stage. */
export function createEventStage(components: EventComponents): EventStage {
  const { outbox, mailboxes, fanOut, counters, clock } = components;

  function opened(client: PoolClient, event: BridgeEvent & { type: "opened" }): void {
    const identity = addressIdentity(event.address);
    const another = client.identity !== "" && client.identity !== identity;
    // Tags of one Nym client are no business of another's; a reply without a SURB only goes nowhere.
    if (another) outbox.forget(client);
    if (another || event.surbsLost) forgetSessions(client);
    client.identity = identity;
    client.open = true;
    components.opened(client.bridge.index, event.address, event.surbsLost);
    outbox.opened(client);
    for (const session of client.sessions.values()) mailboxes.regained(session);
  }

  function closed(client: PoolClient): void {
    client.open = false;
    components.closed(client.bridge.index);
    for (const session of client.sessions.values()) {
      session.asked = 0;
      session.answered = 0;
      mailboxes.lost(session);
    }
  }

  return (client, event) => {
    switch (event.type) {
      case "received":
        if (event.senderTag === undefined) return counters.add("dropped.untagged");
        return components.receive(hear(client, event.senderTag, clock), event.message);
      case "laneQueueLength": {
        const session = client.lanes.get(event.lane);
        if (session === undefined) return;
        laneRead(session, event.length);
        mailboxes.laneRead(session, event.length);
        return fanOut.laneRead(session);
      }
      case "opened":
        return opened(client, event);
      case "closed":
        return closed(client);
      case "error":
        return counters.add("nymClient.errors");
      case "selfAddress":
        return;
    }
  };
}
