/** Writes `.env.example` and docs/settings.md from the table of settings; `npm run settings`. */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { envExample, settingsPage } from "../src/config/describe.js";

const root = new URL("../../", import.meta.url);

writeFileSync(new URL(".env.example", root), envExample());
writeFileSync(new URL("docs/settings.md", root), await format(settingsPage(), { parser: "markdown" }));
