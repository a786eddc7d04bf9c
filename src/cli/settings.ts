/** How every command comes by its settings: from the environment and `.env` of the working directory, read once. */
import { type Environment, readEnvironment } from "../config/environment.js";
import { type Loaded, loadConfig } from "../config/load.js";
import { unknownSettings } from "../config/parse.js";

/** The configuration, and what it was made of. */
export interface Settings extends Loaded {
  readonly environment: Environment;
}

/** Reads the settings; warns on stderr of variables that look like ours and are not. Throws an `OperatorError`. */
export function readSettings(): Settings {
  const directory = process.cwd();
  const environment = readEnvironment(directory);
  for (const warning of unknownSettings(environment)) process.stderr.write(`nym-directory: warning: ${warning}\n`);
  return { ...loadConfig(environment, directory), environment };
}
