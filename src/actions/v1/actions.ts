/** Every action of v1. The table is total: an action without an entry does not compile. */
import type { Bodies, V1Action } from "../../protocol/v1/request.js";
import type { Action } from "../action.js";
import { login } from "./login.js";
import { loginResponse } from "./login-response.js";
import { query } from "./query.js";
import { register } from "./register.js";
import { registrationResponse } from "./registration-response.js";
import { send } from "./send.js";

/** One entry for each action. */
export type V1Actions = { readonly [A in V1Action]: Action<Bodies[A]> };

export const V1_ACTIONS: V1Actions = {
  register,
  registrationResponse,
  login,
  loginResponse,
  query,
  send,
};
