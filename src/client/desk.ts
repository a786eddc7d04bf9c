/** The four topics on which a client talks with the directory, and the way of each reply to its topic. */
import type { Reply } from "../protocol/v1/reply.js";
import type { V1Action } from "../protocol/v1/request.js";
import { Exchange, type ExchangeComponents, type Timing } from "./exchange.js";

/** One exchange for each topic; what is asked on one never waits for another. */
export interface Desk {
  readonly registration: Exchange;
  readonly login: Exchange;
  readonly query: Exchange;
  readonly send: Exchange;
}

/** A reply that answers a request, unlike a message that is passed on. */
export type Answer = Exclude<Reply, { readonly kind: "incomingMessage" }>;

/** A desk with nothing open. */
export function createDesk(components: ExchangeComponents, timing: Timing): Desk {
  const exchange = (): Exchange => new Exchange(components, timing);
  return { registration: exchange(), login: exchange(), query: exchange(), send: exchange() };
}

/** Hands an answer to where it is waited for. False: it came too late, or twice. */
export function distribute(desk: Desk, answer: Answer): boolean {
  return desk[topicOf(answer)].take(answer, requestOf(answer));
}

function topicOf(answer: Answer): keyof Desk {
  switch (answer.kind) {
    case "challenge":
    case "challengeResponse":
      return answer.purpose;
    case "queryResponse":
      return "query";
    case "sendResponse":
      return "send";
  }
}

function requestOf(answer: Answer): V1Action {
  switch (answer.kind) {
    case "challenge":
      return answer.purpose === "registration" ? "register" : "login";
    case "challengeResponse":
      return answer.purpose === "registration" ? "registrationResponse" : "loginResponse";
    case "queryResponse":
      return "query";
    case "sendResponse":
      return "send";
  }
}
