/**
 * What the directory needs in a nym-client's `config.toml`. The file is nym-client's own, so lines are changed or added
 * and everything else stays as it is; only what its template and `[debug.*]` sections look like is understood.
 */

/** Where it is to listen. */
export interface ListenAt {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/**
 * The text with host and port set, and with the last reply SURB of a sender, not the last ten, kept for asking for more
 * (unless the operator chose another number). The same text again if nothing has to change.
 */
export function withOurSettings(toml: string, { host, port }: ListenAt): string {
  let lines: readonly string[] = toml.split("\n");
  lines = withKey(lines, "socket", "host", `'${host}'`, "set");
  lines = withKey(lines, "socket", "listening_port", String(port), "set");
  return withKey(lines, "debug.reply_surbs", "minimum_reply_surb_storage_threshold", "1", "keep").join("\n");
}

/** With `key = value` in the table: `keep` leaves another value that is there. A missing table is appended. */
function withKey(
  lines: readonly string[],
  table: string,
  key: string,
  value: string,
  other: "set" | "keep",
): readonly string[] {
  const line = `${key} = ${value}`;
  const header = lines.findIndex((text) => tableOf(text) === table);
  if (header === -1) {
    const before = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
    return [...before, "", `[${table}]`, line, ""];
  }
  const next = lines.findIndex((text, index) => index > header && tableOf(text) !== undefined);
  const end = next === -1 ? lines.length : next;
  const at = lines.findIndex((text, index) => index > header && index < end && keyOf(text) === key);
  if (at === -1) return lines.toSpliced(header + 1, 0, line);
  if (other === "keep" || valueOf(lines[at] ?? "") === value) return lines;
  return lines.with(at, line);
}

/** The name of the table that a line begins; `undefined` for any other line. */
function tableOf(line: string): string | undefined {
  const name = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1];
  return name?.replaceAll(/[\s"']/g, "");
}

function keyOf(line: string): string | undefined {
  return /^\s*["']?([\w-]+)["']?\s*=/.exec(line)?.[1];
}

function valueOf(line: string): string {
  return line
    .slice(line.indexOf("=") + 1)
    .replace(/#.*$/, "")
    .trim()
    .replaceAll('"', "'");
}
