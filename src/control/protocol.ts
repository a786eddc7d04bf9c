/**
 * What can be asked of a running directory over its socket: one line of JSON for each question and each answer. Every
 * line says its version, so that a command of another version is told so and not misunderstood.
 */
import * as z from "zod";
import { adminRequest } from "./admin.js";

/** The version of both sides' lines. */
export const CONTROL_VERSION = 1;
/** Bytes of a line, at most. */
export const MAX_LINE_BYTES = 1_048_576;

const clientReport = z.object({
  /** Position in the pool, from 0. */
  client: z.int().min(0),
  id: z.string(),
  /** Of its process, as `supervisor/state.ts` has them; `external` when it is not ours. */
  state: z.string(),
  /** Ready, connected, and not found silent. */
  serving: z.boolean(),
  connected: z.boolean(),
  address: z.string().nullable(),
  pid: z.int().nullable(),
  /** Since its process was launched. */
  ageSeconds: z.number().nullable(),
  restarts: z.int(),
  /** Checks in a row that came to nothing. */
  missedChecks: z.int(),
  /** Senders remembered as heard from, lanes that hold packets, and the packets in them. */
  senders: z.int(),
  lanes: z.int(),
  queuedPackets: z.number(),
});

/** How one Nym client is. */
export type ClientReport = z.infer<typeof clientReport>;

/** The schema of {@link StatusReport}. Fields that a newer directory adds are ignored. */
export const statusReport = z.object({
  version: z.string(),
  kind: z.string(),
  uptimeSeconds: z.number(),
  /** All of its Nym clients serve. */
  serving: z.boolean(),
  requestsUnderWay: z.int(),
  clients: z.array(clientReport),
});

/** How the directory is. */
export type StatusReport = z.infer<typeof statusReport>;

const envelope = z.looseObject({ v: z.int() });

const request = z.discriminatedUnion("command", [z.strictObject({ command: z.literal("status") }), adminRequest]);

/** A question, without its version. */
export type ControlRequest = z.infer<typeof request>;

/** Why a question was not answered. */
export const CONTROL_ERRORS = ["malformed", "version", "failed"] as const;
/** One of {@link CONTROL_ERRORS}. */
export type ControlErrorCode = (typeof CONTROL_ERRORS)[number];

const answer = z.discriminatedUnion("ok", [
  z.object({ v: z.literal(CONTROL_VERSION), ok: z.literal(true), result: z.unknown() }),
  z.object({ v: z.literal(CONTROL_VERSION), ok: z.literal(false), error: z.enum(CONTROL_ERRORS) }),
]);

/** An answer. */
export type ControlAnswer = z.infer<typeof answer>;

/** Reads a question; gives why it cannot be answered when it is none. */
export function parseRequest(line: string): ControlRequest | ControlErrorCode {
  const json = parseJson(line);
  const { data } = envelope.safeParse(json);
  if (data === undefined) return "malformed";
  const { v, ...question } = data;
  if (v !== CONTROL_VERSION) return "version";
  return request.safeParse(question).data ?? "malformed";
}

/** Reads an answer; `undefined` when it is none of this version. */
export function parseAnswer(line: string): ControlAnswer | undefined {
  return answer.safeParse(parseJson(line)).data;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
