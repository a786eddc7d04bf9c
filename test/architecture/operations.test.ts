/** What runs the directory stops it so that its Nym clients keep their SURBs, probes no port, and brings no secret along. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const directives = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));

describe("the container", () => {
  const lines = directives(read("Dockerfile"));
  test("stops with SIGINT and runs as nobody of importance", () => {
    expect(lines).toContain("STOPSIGNAL SIGINT");
    expect(lines.lastIndexOf("USER node")).toBeGreaterThan(lines.lastIndexOf("FROM node:20-bookworm-slim"));
  });

  test("is built in two stages, of which the second takes only what ships, and keeps its data in one volume", () => {
    expect(lines.filter((line) => line.startsWith("FROM"))).toHaveLength(2);
    const copied = lines.filter((line) => line.startsWith("COPY --from=build")).join(" ");
    const taken = Array.from(copied.matchAll(/\/app\/(\S+)/g), ([, path]) => path);
    expect(taken.sort()).toEqual(["LICENSE", "dist", "node_modules", "nym-client", "package.json"]);
    expect(lines).toContain("RUN npm run build && npm prune --omit=dev");
    expect(lines).toContain("ENV NODE_ENV=production DATA_DIR=/data");
    expect(lines).toContain("VOLUME /data");
  });

  test("runs a program that is there", () => {
    const programs = lines.join(" ").match(/dist\/\S+?\.js/g) ?? [];
    expect(programs).toEqual(["dist/src/main.js", "dist/src/main.js"]);
    expect(existsSync(new URL("../../dist/src/main.js", import.meta.url))).toBe(true);
  });

  test("is given no secret and no program when it is built", () => {
    const ignored = directives(read(".dockerignore"));
    for (const path of ["storage", ".env", "nym-client/bin", "node_modules"]) expect(ignored).toContain(path);
  });

  test("is asked for its health by the command, and opens no port", () => {
    expect(lines.find((line) => line.startsWith("HEALTHCHECK"))).toContain('"status"');
    expect(lines.filter((line) => line.startsWith("EXPOSE"))).toEqual([]);
  });

  test("leaves no core dump", () => {
    expect(lines.find((line) => line.startsWith("ENTRYPOINT"))).toContain("ulimit -c 0 && exec node");
  });
});

describe("compose", () => {
  const lines = directives(read("compose.yaml"));
  test("has no default secret", () => {
    expect(lines.filter((line) => line.startsWith("file:"))).toEqual([expect.stringMatching(/^file: \$\{\w+:\?/)]);
  });

  test.each([
    "read_only: true",
    "init: true",
    "core: 0",
    "- no-new-privileges:true",
    "SECRET_PATH: /run/secrets/directory",
  ])("says %s", (line) => expect(lines).toContain(line));

  test("gives the Nym clients their time, and publishes no port", () => {
    expect(lines).toContain("stop_signal: SIGINT");
    expect(lines).toContain("stop_grace_period: 30s");
    expect(lines.filter((line) => line.startsWith("ports"))).toEqual([]);
  });
});

describe("the systemd unit", () => {
  const lines = directives(read("docs/nym-directory.service"));
  test.each([
    "KillSignal=SIGINT",
    "KillMode=mixed",
    "TimeoutStopSec=30",
    "LimitCORE=0",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "DynamicUser=yes",
    "StateDirectory=nym-directory",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "CapabilityBoundingSet=",
    "SystemCallFilter=@system-service",
    "LoadCredential=passphrase:/etc/nym-directory/passphrase",
  ])("says %s", (line) => expect(lines).toContain(line));

  test("does not start again what is set wrong", () => {
    expect(lines).toContain("RestartPreventExitStatus=78");
  });
});

test("npm start leaves no core dump, and passes signals on", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
  expect(scripts["start"]).toMatch(/^ulimit -c 0; exec node /);
});
