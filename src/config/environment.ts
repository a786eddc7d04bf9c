/** The only reader of the process's environment and of `.env`: what was given, as text, and by which of the two. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { OperatorError } from "../util/operator-error.js";

/** A variable as it was given. */
export interface Given {
  readonly text: string;
  readonly source: "environment" | ".env";
}

/** The variables by name. An empty one counts as not given. */
export type Environment = ReadonlyMap<string, Given>;

/** Reads the environment and the file `.env` in `directory`, if there is one; the environment wins. */
export function readEnvironment(directory: string, variables: NodeJS.ProcessEnv = process.env): Environment {
  const environment = new Map<string, Given>();
  for (const [source, given] of [[".env", readEnvFile(directory)] as const, ["environment", variables] as const]) {
    for (const [name, text] of Object.entries(given)) {
      if (text !== undefined && text.trim() !== "") environment.set(name, { text: text.trim(), source });
    }
  }
  return environment;
}

function readEnvFile(directory: string): NodeJS.Dict<string> {
  const file = join(directory, ".env");
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    if (code === "ENOENT") return {};
    throw new OperatorError("env-file", `${file} cannot be read (${code})`, { cause: error });
  }
}
