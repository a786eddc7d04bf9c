/** From the variables as text to the settings as values: strictly, and with all that is wrong in one error. */
import { ConfigError, type SettingIssue } from "./config-error.js";
import type { Environment } from "./environment.js";
import type { Setting } from "./setting.js";
import { SETTINGS, type SettingName, type Values } from "./settings.js";

/** Parses every setting. Throws one `ConfigError` for all wrong values together. */
export function parseSettings(environment: Environment): Values {
  const issues: SettingIssue[] = [];
  const values = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const given = environment.get(name)?.text;
    if (given === undefined) return [name, setting.default];
    const parsed = setting.kind.schema.safeParse(given);
    if (!parsed.success) issues.push({ name, given, allowed: setting.kind.allowed });
    return [name, parsed.data];
  });
  if (issues.length > 0) throw new ConfigError(issues);
  return Object.fromEntries(values) as Values;
}

/**
 * Warnings, one line each, for variables that look as if they were meant for us: all unknown ones of `.env`, and those
 * of the environment that are two letters or less from a setting.
 */
export function unknownSettings(environment: Environment): readonly string[] {
  const warnings: string[] = [];
  for (const [name, { source }] of environment) {
    if (name in SETTINGS) continue;
    const meant = (Object.keys(SETTINGS) as SettingName[]).find((known) => distance(name, known) <= 2);
    if (meant !== undefined) warnings.push(`${name} (${source}) is no setting; did you mean ${meant}?`);
    else if (source === ".env") warnings.push(`${name} (${source}) is no setting and does nothing`);
  }
  return warnings;
}

/** Edits (Levenshtein) between two words. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
