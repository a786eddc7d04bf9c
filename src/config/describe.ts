/** The settings as text: `.env.example`, the table of docs/settings.md, and what `nym-directory config` prints. */
import type { Effective } from "./effective.js";
import type { Environment } from "./environment.js";
import type { Setting } from "./setting.js";
import { SETTING_GROUPS } from "./settings.js";

interface Group {
  readonly title: string;
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
}

const GROUPS: readonly Group[] = SETTING_GROUPS;
const COMMENT_WIDTH = 118;

/** The text of `.env.example`: every setting, commented out, with what it is for, what is allowed, and its default. */
export function envExample(): string {
  const head = wrapComment(
    "Settings of nym-directory: copy to .env and change what you need. Variables of the environment win over .env. " +
      "What is commented out or empty has its default. A relative path is relative to the working directory.",
  );
  const groups = GROUPS.map(({ title, settings }) => {
    const entries = Object.entries(settings).map(([name, setting]) => {
      const about = [setting.help, `Allowed: ${setting.kind.allowed}.`, `Default: ${setting.defaultText}.`];
      const value = setting.default === undefined ? "" : setting.defaultText;
      return `${about.map(wrapComment).join("\n")}\n#${name}=${value}\n`;
    });
    return [`# --- ${title} ---\n`, ...entries].join("\n");
  });
  return `${head}\n\n${groups.join("\n")}`;
}

/** The text of docs/settings.md. */
export function settingsPage(): string {
  const groups = GROUPS.map(({ title, settings }) => {
    const rows = Object.entries(settings).map(([name, setting]) =>
      [`\`${name}\``, setting.defaultText, setting.kind.allowed, setting.help].join(" | "),
    );
    const lines = rows.map((row) => `| ${row} |`);
    return [`## ${title}`, "", "| Setting | Default | Allowed | What it is |", "|---|---|---|---|", ...lines, ""].join(
      "\n",
    );
  });
  const head = [
    "# Settings",
    "",
    "Set them in the environment or in a file `.env` in the working directory; the environment wins. A wrong value stops",
    "the start with exit code 78 and a message that names it. `nym-directory config` shows what is in effect.",
    "",
  ];
  return `${head.join("\n")}\n${groups.join("\n")}`;
}

/** What is in effect, as lines that a `.env` could hold, each with where it comes from. */
export function effectiveLines(effective: Effective, environment: Environment): readonly string[] {
  const values: Readonly<Record<string, unknown>> = effective;
  return GROUPS.flatMap(({ title, settings }) => [
    `# ${title}`,
    ...Object.entries(settings).map(([name, setting]) => {
      const value = values[name];
      const source = environment.get(name)?.source ?? "default";
      if (value === undefined) return `#${name}=  # ${setting.defaultText}`;
      return `${name}=${quoted(setting.kind.format(value))}  # ${source}`;
    }),
  ]);
}

/** Quotes what `.env` would read differently. */
function quoted(text: string): string {
  if (!/[\s#'"`]/.test(text)) return text;
  const quote = ["'", '"', "`"].find((candidate) => !text.includes(candidate)) ?? "'";
  return `${quote}${text}${quote}`;
}

function wrapComment(text: string): string {
  const lines: string[] = [];
  let line = "#";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > COMMENT_WIDTH) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
