/** How a nym-client refuses a request that it cannot parse, which is all that it ever reports. */
import type { ClientResponse } from "./frames.js";

/** Kinds of refusals; in text frames the words stand before the message. */
export const ERROR_KIND = { noData: 1, notEnoughData: 2, unknownRequest: 3, malformed: 4 } as const;

const WORDS: ReadonlyMap<number, string> = new Map([
  [ERROR_KIND.noData, "received request contained no data"],
  [ERROR_KIND.notEnoughData, "received request did not contain enough data"],
  [ERROR_KIND.unknownRequest, "unknown request type"],
  [ERROR_KIND.malformed, "malformed request"],
]);

/** The answer to a request that could not be parsed. */
export type Refusal = Extract<ClientResponse, { type: "error" }>;

/** A refusal of the given kind. */
export function refusal(kind: number, message: string): Refusal {
  return { type: "error", kind, message };
}

/** A refusal of the commonest kind. */
export function malformed(message: string): Refusal {
  return refusal(ERROR_KIND.malformed, message);
}

/** A refusal as one text, `<kind>:<detail>`. */
export function refusalText({ kind, message }: Refusal): string {
  return `${WORDS.get(kind) ?? "other"}:${message}`;
}
