/** What the directory is and keeps to, for anyone; and the time by its clock. */
import type { V2Request } from "../../protocol/v2/request.js";
import type { Reads } from "../../store/rows.js";
import type { Action } from "../action.js";
import { failed, refuse } from "./refusal.js";

export const info: Action<V2Request<"info">, Reads, Reads, "v2"> = {
  readOnly: true,
  reads: () => ({}),
  proof: () => ({ kind: "none" }),
  decide: ({ body: { id, action } }, _, { now, directory }) => ({
    reply: { dialect: "v2", id, action, result: "ok", answer: { ...directory.info, time: Math.floor(now / 1000) } },
    changes: [],
  }),
  unproven: ({ body }) => refuse(body, "unauthorized"),
  failed,
};
