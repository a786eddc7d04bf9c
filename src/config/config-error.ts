/** The error for settings that are wrong: all of them at once, each with its name, what was given and what is allowed. */
import { OperatorError } from "../util/operator-error.js";

/** One wrong setting. `given` is `undefined` when the setting is missing. */
export interface SettingIssue {
  readonly name: string;
  readonly given: string | undefined;
  readonly allowed: string;
}

const SHOWN_CHARACTERS = 200;

/** Stops the start with exit code 78. The message has one line for each issue. */
export class ConfigError extends OperatorError {
  override readonly name = "ConfigError";
  readonly issues: readonly SettingIssue[];

  constructor(issues: readonly SettingIssue[]) {
    super("config", issues.map(describeIssue).join("\n"));
    this.issues = issues;
  }
}

function describeIssue({ name, given, allowed }: SettingIssue): string {
  if (given === undefined) return `${name} is not set; allowed: ${allowed}`;
  const shown = given.length > SHOWN_CHARACTERS ? `${given.slice(0, SHOWN_CHARACTERS)}..` : given;
  return `${name} is ${JSON.stringify(shown)}; allowed: ${allowed}`;
}
