/** Settings of the mixnet in memory, for NYM_CLIENT=loopback. */
import { decimal, whole } from "../kinds.js";
import { optional, setting } from "../setting.js";

export const LOOPBACK_SETTINGS = {
  LOOPBACK_USERS_PORT: setting(whole(0, 65_535), {
    default: 1990,
    help: "Where users' Nym clients are offered: ws://127.0.0.1:PORT/NAME is the one of that name. 0 takes a free port.",
  }),
  LOOPBACK_CONTROL_PORT: setting(whole(0, 65_535), {
    default: 1991,
    help: "Where faults and restarts can be commanded. 0 takes a free port.",
  }),
  LOOPBACK_PACKETS_PER_SECOND: setting(decimal(0, 1_000_000, "per second"), {
    default: 0,
    help: "How many packets a Nym client sends; a real one about 50. 0 means no limit, which is best for a first look and for load tests.",
  }),
  LOOPBACK_SEED: optional(whole(0, 4_294_967_295), {
    unset: "another one each time",
    help: "Makes delays, reordering and losses the same in every run.",
  }),
};
