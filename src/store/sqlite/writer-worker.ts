/**
 * The thread that writes: the only connection that does. A disk that is slow, full or locked by somebody else stops this
 * thread and nothing else.
 */
import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import { decodeBatch, encodeOutcomes } from "./batch-codec.js";
import { openWriter } from "./connection.js";
import { prepareContacts } from "./contacts.js";
import { prepareErasing } from "./erasing.js";
import { codeOf } from "./errors.js";
import { prepareMailboxes } from "./mailboxes.js";
import { prepareOutcomes } from "./outcomes.js";
import { prepareGroups } from "./groups.js";
import { limitsOf } from "./quota.js";
import { preparePhantoms } from "./phantoms.js";
import { prepareHistories } from "./history.js";
import { preparePrekeys } from "./prekeys.js";
import { boundSize } from "./room.js";
import { prepareBatches } from "./run-batch.js";
import { prepareScrub } from "./scrub.js";
import { prepareSlots } from "./slots.js";
import { prepareSweep } from "./sweep.js";
import { truncateLog } from "./truncate-log.js";
import type { WriterCall, WriterCalls, WriterData, WriterReply, WriterRequest } from "./writer-protocol.js";

type Result = WriterCalls[WriterCall]["result"];

function serve(port: MessagePort, data: WriterData): void {
  const db = openWriter(data.path, data.busyTimeoutMs);
  const withReserve = boundSize(db, data.maxBytes);
  const slots = prepareSlots(db);
  const mailboxes = prepareMailboxes(db, slots, limitsOf(data.quota));
  const outcomes = prepareOutcomes(db);
  const erasing = prepareErasing(db, mailboxes, outcomes);
  const prekeys = preparePrekeys(db, mailboxes);
  const histories = prepareHistories(db);
  const groups = prepareGroups(db, { slots, mailboxes });
  const phantoms = preparePhantoms(db, { erasing, slots });
  const scrub = prepareScrub(db);
  const contacts = prepareContacts(db, () => scrub.requestContacts());
  const runBatch = prepareBatches(
    db,
    { mailboxes, outcomes, erasing, contacts, phantoms, prekeys, histories, groups },
    withReserve,
  );
  const sweep = prepareSweep(db, { erasing, slots, scrub, contacts, phantoms, prekeys, histories }, withReserve);

  function answer(request: WriterRequest): Result {
    switch (request.call) {
      case "commit": {
        const { batch, hour } = request.request;
        const { outcomes, fault } = healing(() => runBatch(decodeBatch(batch), hour));
        return { outcomes: encodeOutcomes(outcomes), fault };
      }
      case "sweep":
        return sweep(request.request.hour, request.request.limit);
      case "truncate":
        return scrubAndTruncate();
      case "close":
        port.close();
        db.close();
        return undefined;
    }
  }

  /** What could not be scrubbed is no reason to leave the log as it is. */
  function scrubAndTruncate(): boolean {
    let truncated = false;
    try {
      scrub.run();
    } finally {
      truncated = truncateLog(db);
    }
    return truncated;
  }

  /** A log that cannot grow any more may be why it failed: emptying it makes room for the next batch. */
  function healing<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (codeOf(error) !== "busy") tryToTruncate();
      throw error;
    }
  }

  function tryToTruncate(): void {
    try {
      truncateLog(db);
    } catch {
      // Then the next batch tries again.
    }
  }

  port.on("message", (request: WriterRequest) => {
    reply(port, request.id, () => answer(request));
  });
}

function reply(port: MessagePort, id: number, run: () => Result): void {
  let message: WriterReply;
  try {
    message = { id, result: run() };
  } catch (error) {
    message = { id, failure: codeOf(error) };
  }
  port.postMessage(message);
}

if (parentPort !== null) {
  const port = parentPort;
  reply(port, 0, () => {
    serve(port, workerData as WriterData);
    return undefined;
  });
}
