/**
 * What an operator can ask of a running directory, and how it answers: counts and dates, and one word for what became of a
 * change. Names are in questions only.
 */
import * as z from "zod";
import { isUsername } from "../protocol/v1/username.js";

const name = z.string().refine(isUsername);
const count = z.int().min(0);
/** The hour in which something ended, as `2026-05-16T04:00Z`: times are kept no finer. */
const hour = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:00Z$/);

/** The schema of {@link AdminRequest}. */
export const adminRequest = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("counts") }),
  z.strictObject({ command: z.literal("user"), name }),
  z.strictObject({ command: z.literal("delete-user"), name }),
  z.strictObject({ command: z.literal("reserve"), name }),
  z.strictObject({ command: z.literal("free"), name }),
  z.strictObject({ command: z.literal("stop-registrations") }),
  z.strictObject({ command: z.literal("resume-registrations") }),
]);

/** A question, or something to be changed. */
export type AdminRequest = z.infer<typeof adminRequest>;
/** Something to be changed. */
export type AdminChange = Exclude<AdminRequest, { readonly command: "counts" | "user" }>;

/** The schema of {@link CountsReport}. */
export const countsReport = z.object({
  users: count,
  /** Names that nobody can register: for a time after their release, and until they are freed. */
  heldNames: count,
  reservedNames: count,
  registrationsStopped: z.boolean(),
  groups: count,
  /** Messages that wait, for one recipient each, and the bytes of all that they say. */
  messages: count,
  messageBytes: count,
  /** Bytes of the files. */
  databaseBytes: count,
  writeAheadLogBytes: count,
});

/** How much there is. */
export type CountsReport = z.infer<typeof countsReport>;

/** The schema of {@link UserReport}. */
export const userReport = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("registered"),
    registered: hour,
    keyChanged: hour,
    /** Until when there is a route, without a new log-in. */
    routeUntil: hour.nullable(),
    /** How many keys there were, with the present one. */
    keys: count,
    messages: count,
    messageBytes: count,
    /** When the first message was refused because the mailbox was full. */
    fullSince: hour.nullable(),
    groups: count,
    invitations: count,
    contacts: count,
    /** Of the contacts, those who have asked and wait. */
    contactRequests: count,
    /** One-time prekeys that are left. */
    prekeys: count,
    /** Sealed copies of what they sent. */
    copies: count,
  }),
  z.object({ state: z.literal("held"), until: hour }),
  z.object({ state: z.literal("reserved"), by: z.enum(["operator", "setting"]) }),
  z.object({ state: z.literal("free") }),
]);

/** What is known of a user, or of a name that is nobody's: dates and counts. */
export type UserReport = z.infer<typeof userReport>;

/** What became of a change. */
export const CHANGE_RESULTS = ["done", "already", "noUser", "inUse", "bySetting", "busy", "unavailable"] as const;
/** One of {@link CHANGE_RESULTS}. */
export type ChangeResult = (typeof CHANGE_RESULTS)[number];

/** The schema of {@link ChangeReport}. */
export const changeReport = z.object({
  result: z.enum(CHANGE_RESULTS),
  /** Of a user who was deleted: until when nobody can register the name. */
  heldUntil: hour.optional(),
});

/** What became of a change. */
export type ChangeReport = z.infer<typeof changeReport>;

/** The answer to each question. */
export type AdminAnswer = CountsReport | UserReport | ChangeReport;
