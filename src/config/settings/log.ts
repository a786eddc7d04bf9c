/** Settings of what the directory says about itself. */
import { decimal, oneOf, path, whole } from "../kinds.js";
import { optional, setting } from "../setting.js";

export const LOG_SETTINGS = {
  LOG_LEVEL: setting(oneOf("error", "warn", "info", "debug"), {
    default: "info",
    help: "How much is logged. No level shows a name, a tag, a key, an address or a message.",
  }),
  LOG_FILE_PATH: optional(path(), { unset: "app.log in DATA_DIR", help: "The log file; the same lines go to stderr." }),
  LOG_FILE_BYTES: setting(whole(1_024, Number.MAX_SAFE_INTEGER, "bytes"), {
    default: 10_485_760,
    help: "The size at which a new log file is begun.",
  }),
  LOG_FILES: setting(whole(1, 1_000), { default: 5, help: "How many log files are kept." }),
  SUMMARY_MINUTES: setting(decimal(0.0001, 1_440, "minutes"), {
    default: 5,
    help: "How often requests are logged, which is only as sums. Longer says less about when somebody was active.",
  }),
};
