/** Reads what the documents say, so that tests can hold them to it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The text of a file of the repository. */
export function readDoc(path: string): string {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

/** The rows of all tables under the heading that contains `heading`, each a list of its cells' texts. */
export function tableRows(text: string, heading: string): readonly (readonly string[])[] {
  const section = text.split(/^#+ /m).find((part) => part.slice(0, part.indexOf("\n")).includes(heading)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[-\s|:]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

/** What stands in backquotes in `text`. */
export function quoted(text: string): readonly string[] {
  return Array.from(text.matchAll(/`([^`\n]+)`/g), ([, inner]) => inner ?? "");
}
