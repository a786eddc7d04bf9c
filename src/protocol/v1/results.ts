/** Reading the result of a request back from its text: the list of results is closed, so that nothing a stranger wrote passes for one. */
import { LOGIN_RESULTS, QUERY_RESULTS, REGISTRATION_RESULTS, SEND_RESULTS } from "./reply.js";
import { loginReply, registrationReply, sendReply } from "./reply.js";
import type { Dialect, Reply } from "./reply.js";

/** The reply that `text` (as the long form writes it) is as the result of a registration, login, query or chat; `undefined` when v1 has no such result there. */
export function resultReply(
  dialect: Dialect,
  context: "registration" | "login" | "query" | "chat",
  text: string,
): Reply | undefined {
  switch (context) {
    case "registration": {
      const result = oneOf(REGISTRATION_RESULTS, text);
      return result && registrationReply(dialect, result);
    }
    case "login": {
      const result = oneOf(LOGIN_RESULTS, text);
      return result && loginReply(dialect, result);
    }
    case "query": {
      const found = oneOf(QUERY_RESULTS, text);
      return found && { dialect, kind: "queryResponse", found };
    }
    case "chat": {
      const result = oneOf(SEND_RESULTS, text);
      return result && sendReply(dialect, result);
    }
  }
}

function oneOf<T extends string>(results: readonly T[], text: string): T | undefined {
  return results.find((result) => result === text);
}
