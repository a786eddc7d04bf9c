/** How changes of histories lie in a batch. */
import type { HistoryChange } from "../history.js";
import { bytes, type Layout, number, object } from "./fields.js";

/** The layouts, for `change-layouts.ts`. */
export const HISTORY_LAYOUTS: {
  readonly [Kind in HistoryChange["kind"]]: Layout<Omit<Extract<HistoryChange, { kind: Kind }>, "kind">>;
} = {
  keepCopy: {
    user: number(),
    conversation: bytes,
    id: bytes,
    copy: bytes,
    hour: number(),
    expires: number(),
    most: object({ copies: number(), bytes: number() }),
  },
};
