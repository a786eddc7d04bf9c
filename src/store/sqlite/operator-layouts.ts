/** How changes by operators lie in a batch. */
import type { OperatorChange } from "../operators.js";
import { bool, type Layout, text } from "./fields.js";

type FieldsOf<Kind extends OperatorChange["kind"]> = Omit<Extract<OperatorChange, { kind: Kind }>, "kind">;

export const OPERATOR_LAYOUTS: { readonly [Kind in OperatorChange["kind"]]: Layout<FieldsOf<Kind>> } = {
  reserveName: { folded: text() },
  freeName: { folded: text() },
  setRegistrations: { stopped: bool },
};
