/** Looks a user up, for anyone: the name as its owner wrote it, and the key. */
import type { Action } from "../action.js";
import type { Bodies } from "../../protocol/v1/request.js";
import { userRead } from "./reads.js";
import type { UserRead } from "./reads.js";

export const query: Action<Bodies["query"], UserRead> = {
  readOnly: true,
  reads: ({ body }) => userRead(body.name),
  proof: () => ({ kind: "none" }),
  decide: ({ dialect }, { user }) => ({
    reply: {
      dialect,
      kind: "queryResponse",
      found: user === undefined ? "No user found" : { name: user.name, key: user.key },
    },
    changes: [],
  }),
  unproven: () => ({ reply: undefined, changes: [] }),
  failed: () => undefined,
};
