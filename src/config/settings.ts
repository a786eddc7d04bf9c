/**
 * Every setting there is, in one table: from it come the parser, `.env.example`, the table in docs/settings.md and the
 * output of `nym-directory config`. A number's unit ends its name.
 */
import { oneOf } from "./kinds.js";
import { optional, type Setting } from "./setting.js";
import { LIMIT_SETTINGS } from "./settings/limits.js";
import { LOG_SETTINGS } from "./settings/log.js";
import { LOOPBACK_SETTINGS } from "./settings/loopback.js";
import { NYM_CLIENT_SETTINGS } from "./settings/nym-clients.js";
import { STORAGE_SETTINGS } from "./settings/storage.js";

const GENERAL_SETTINGS = {
  NODE_ENV: optional(oneOf("production", "development", "test"), {
    unset: "development",
    help: "production refuses what is only for development: the loopback mixnet, and limits that are off.",
  }),
};

/** The settings in groups, as they are documented. */
export const SETTING_GROUPS = [
  { title: "General", settings: GENERAL_SETTINGS },
  { title: "Nym clients", settings: NYM_CLIENT_SETTINGS },
  { title: "Storage and keys", settings: STORAGE_SETTINGS },
  { title: "Limits and times", settings: LIMIT_SETTINGS },
  { title: "Log", settings: LOG_SETTINGS },
  { title: "Loopback mixnet", settings: LOOPBACK_SETTINGS },
] as const satisfies readonly { readonly title: string; readonly settings: Readonly<Record<string, unknown>> }[];

/** The settings by their names. */
export const SETTINGS = {
  ...GENERAL_SETTINGS,
  ...NYM_CLIENT_SETTINGS,
  ...STORAGE_SETTINGS,
  ...LIMIT_SETTINGS,
  ...LOG_SETTINGS,
  ...LOOPBACK_SETTINGS,
};

/** The name of a setting, which is the name of its environment variable. */
export type SettingName = keyof typeof SETTINGS;

/** The value of every setting. */
export type Values = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T, infer Default> ? T | Default : never;
};
