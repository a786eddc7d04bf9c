/** From the environment to the configuration, in one pure step. */
import { toConfig, type Config } from "./config.js";
import { effectiveSettings, type Effective } from "./effective.js";
import type { Environment } from "./environment.js";
import { parseSettings } from "./parse.js";

/** The configuration, and the settings that it was made of, for display. */
export interface Loaded {
  readonly config: Config;
  readonly settings: Effective;
}

/** Reads the configuration out of the variables; relative paths are relative to `directory`. Throws `ConfigError`. */
export function loadConfig(environment: Environment, directory: string): Loaded {
  const given = parseSettings(environment);
  const settings = effectiveSettings(given, directory);
  return { config: toConfig(settings, given.SECRET_PATH === undefined), settings };
}
