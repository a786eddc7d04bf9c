import { describe, expect, it } from "vitest";
import type { Bridge } from "../../../src/bridge/bridge.js";
import {
  askLanes,
  eased,
  forgetLane,
  handedOver,
  intakeOf,
  isHeldUp,
  isLaneFull,
  laneRead,
} from "../../../src/pipeline/backlog.js";
import {
  createPoolClient,
  forgetSessions,
  hear,
  type PoolClient,
  type Session,
} from "../../../src/pipeline/session.js";
import type { SenderTag } from "../../../src/protocol/nym-client/sender-tag.js";

function newClient(capacity = 1_000): PoolClient {
  const client = createPoolClient({ index: 0 } as Bridge, capacity, forgetLane);
  client.open = true;
  client.tells = true;
  return client;
}

function sessionAt(client: PoolClient, number: number): Session {
  return hear(client, number.toString(16).padStart(32, "0") as SenderTag, () => 0);
}

const asked = (client: PoolClient): Session[] => {
  const sessions: Session[] = [];
  askLanes(client, (session) => {
    handedOver(session, 0);
    sessions.push(session);
  });
  return sessions;
};

describe("the backlog of a Nym client", () => {
  it("is what was handed over until a lane is read, and then what it read with what came after", () => {
    const client = newClient();
    const session = sessionAt(client, 1);
    handedOver(session, 3);
    handedOver(session, 2);
    expect(client.queued).toBe(5);
    laneRead(session, 0);
    expect(client.queued).toBe(5);
    laneRead(session, 3);
    expect([session.queued, client.queued]).toEqual([5, 5]);
    expect(asked(client)).toEqual([session]);
    laneRead(session, 1);
    expect([session.queued, client.queued, client.departed]).toEqual([1, 1, 4]);
  });

  it("is read by no answer that is due to an earlier request, whatever was answered on another connection", () => {
    const client = newClient();
    const session = sessionAt(client, 1);
    // Answers to what was handed over before the end of the last connection was told of.
    laneRead(session, 0);
    laneRead(session, 0);
    handedOver(session, 1);
    handedOver(session, 2);
    laneRead(session, 0);
    expect([session.answered, session.queued]).toEqual([1, 3]);
    laneRead(session, 1);
    expect([session.answered, session.queued]).toEqual([2, 3]);
  });

  it("is the sum of its lanes", () => {
    const client = newClient();
    for (let number = 0; number < 10; number++) {
      const session = sessionAt(client, number);
      handedOver(session, 2);
      laneRead(session, 0);
    }
    expect(client.queued).toBe(20);
    for (const session of asked(client)) laneRead(session, 0);
    expect([client.queued, client.departed, client.busyLanes.size]).toEqual([0, 20, 0]);
  });

  it("is asked for where something is believed to be queued and no answer is due, a number of lanes at a time, in turn", () => {
    const client = newClient();
    const sessions = Array.from({ length: 600 }, (_, number) => sessionAt(client, number));
    for (const session of sessions) {
      handedOver(session, 1);
      laneRead(session, 0);
    }
    const first = asked(client);
    expect(first).toEqual(sessions.slice(0, 250));
    const second = asked(client);
    expect(second).toEqual(sessions.slice(250, 500));
    for (const session of [...first, ...second]) laneRead(session, 1);
    expect(asked(client)).toEqual([...sessions.slice(500), ...sessions.slice(0, 150)]);
    expect(asked(client)).not.toContain(sessions[600 - 1]);
  });

  it("is not asked for while there is no connection", () => {
    const client = newClient();
    handedOver(sessionAt(client, 1), 1);
    laneRead(sessionAt(client, 1), 0);
    client.open = false;
    expect(asked(client)).toEqual([]);
  });

  it("forgets the lanes of sessions that are forgotten, and counts nothing for them any more", () => {
    const client = newClient(2);
    const old = sessionAt(client, 1);
    handedOver(old, 5);
    handedOver(sessionAt(client, 2), 1);
    handedOver(sessionAt(client, 3), 1);
    expect(client.queued).toBe(2);
    handedOver(old, 1);
    expect(client.queued).toBe(2);
    forgetSessions(client);
    expect([client.queued, client.busyLanes.size]).toEqual([0, 0]);
    handedOver(old, 1);
    expect(client.queued).toBe(0);
  });

  it("is not guessed for a Nym client that tells nothing", () => {
    const client = newClient();
    client.tells = false;
    const session = sessionAt(client, 1);
    handedOver(session, 300);
    expect([client.queued, isLaneFull(session, { lane: 100, client: undefined })]).toEqual([0, false]);
    laneRead(session, 0);
    handedOver(session, 300);
    expect(client.queued).toBe(600);
  });

  it("takes no more of a lane that has reached its limit", () => {
    const client = newClient();
    const session = sessionAt(client, 1);
    handedOver(session, 9);
    expect(isLaneFull(session, { lane: 10, client: undefined })).toBe(false);
    handedOver(session, 1);
    expect(isLaneFull(session, { lane: 10, client: undefined })).toBe(true);
  });

  it.each([
    [0, "open"],
    [99, "open"],
    [100, "refusing"],
    [199, "refusing"],
    [200, "closed"],
  ])("with %d packets read and a limit of 100, intake is %s", (packets, intake) => {
    const client = newClient();
    handedOver(sessionAt(client, 1), 300);
    laneRead(sessionAt(client, 1), packets);
    expect(intakeOf(client, { lane: 1, client: 100 })).toBe(intake);
    expect(intakeOf(client, { lane: 1, client: undefined })).toBe("open");
  });
});

describe("sessions that a full Nym client holds up", () => {
  const limits = { lane: 10, client: 4 };
  const told = (client: PoolClient): Session[] => {
    const sessions: Session[] = [];
    eased(client, limits, (session) => sessions.push(session));
    return sessions;
  };

  /** A client of which one lane holds all that it may. */
  function fullClient(): { readonly client: PoolClient; readonly busy: Session } {
    const client = newClient();
    const busy = sessionAt(client, 1);
    handedOver(busy, 4);
    laneRead(busy, 4);
    return { client, busy };
  }

  it("are told once when it takes messages again", () => {
    const { client, busy } = fullClient();
    const waiting = sessionAt(client, 2);
    expect([isHeldUp(waiting, limits), told(client)]).toEqual([true, []]);
    asked(client);
    laneRead(busy, 0);
    expect([told(client), told(client)]).toEqual([[waiting], []]);
    expect(isHeldUp(waiting, limits)).toBe(false);
  });

  it("are told for as long as it goes on taking messages", () => {
    const { client, busy } = fullClient();
    const waiting = [2, 3, 4].map((number) => sessionAt(client, number));
    for (const session of waiting) isHeldUp(session, limits);
    asked(client);
    laneRead(busy, 0);
    const sessions: Session[] = [];
    eased(client, limits, (session) => {
      sessions.push(session);
      // What is sent now fills it up once more.
      handedOver(session, 4);
      laneRead(session, 4);
      isHeldUp(session, limits);
    });
    expect(sessions).toEqual(waiting.slice(0, 1));
    expect(client.heldUp).toEqual(new Set([...waiting.slice(1), ...waiting.slice(0, 1)]));
  });

  it("are told a number of them at a time, since each may cost a read of the store", () => {
    const { client, busy } = fullClient();
    const waiting = Array.from({ length: 600 }, (_, index) => sessionAt(client, index + 2));
    for (const session of waiting) isHeldUp(session, limits);
    asked(client);
    laneRead(busy, 0);
    expect([told(client), told(client), told(client)]).toEqual([
      waiting.slice(0, 250),
      waiting.slice(250, 500),
      waiting.slice(500),
    ]);
  });

  it("are forgotten with their lanes, and with all SURBs", () => {
    const { client } = fullClient();
    const [one, two] = [sessionAt(client, 2), sessionAt(client, 3)];
    for (const session of [one, two]) isHeldUp(session, limits);
    forgetLane(one);
    expect(client.heldUp).toEqual(new Set([two]));
    forgetSessions(client);
    expect(client.heldUp.size).toBe(0);
  });
});
