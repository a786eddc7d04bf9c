import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/config-error.js";
import type { Config } from "../../../src/config/config.js";
import type { Environment } from "../../../src/config/environment.js";
import { loadConfig } from "../../../src/config/load.js";
import { unknownSettings } from "../../../src/config/parse.js";

function environmentOf(
  given: Readonly<Record<string, string>>,
  source: "environment" | ".env" = "environment",
): Environment {
  return new Map(Object.entries(given).map(([name, text]) => [name, { text, source }]));
}

function load(given: Readonly<Record<string, string>>): Config {
  return loadConfig(environmentOf(given), "/home/op").config;
}

function refusal(given: Readonly<Record<string, string>>): string {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("the configuration", () => {
  test("with nothing set: a stop is over within 20 seconds, whatever its Nym clients do", () => {
    const { nymClient, times } = load({});
    // One after the other, see `service.ts`; the rest is for the store.
    expect(times.drainMs + nymClient.closeMs + nymClient.stopGraceMs).toBeLessThanOrEqual(19_000);
  });

  test("with nothing set: a loopback mixnet, everything in ./storage", () => {
    const config = load({});
    expect(config.nymClient.kind).toBe("loopback");
    expect(config.nymClient.pool).toEqual([{ id: "nym-directory", url: "ws://127.0.0.1:1977" }]);
    expect(config.store.databasePath).toBe("/home/op/storage/directory.db");
    expect(config.identity).toMatchObject({
      keysDir: "/home/op/storage/keys",
      secretPath: "/home/op/storage/secret",
      makeSecret: true,
    });
    expect(config.log.filePath).toBe("/home/op/storage/app.log");
    expect(config.nymClient.addressFile).toBe("/home/op/storage/addresses");
    expect(config.times).toMatchObject({ challengeMs: 300_000, messageMs: 30 * 86_400_000 });
    expect(config.limits).toBeDefined();
    expect(config.production).toBe(false);
  });

  test("the names of the original carry over, relative to the working directory", () => {
    const config = load({
      NYM_CLIENT_ID: "nym_server",
      WEBSOCKET_URL: "ws://127.0.0.1:2000",
      DATABASE_PATH: "storage/nym_server.db",
      KEYS_DIR: "/srv/keys",
      SECRET_PATH: "secrets/password",
      LOG_FILE_PATH: "storage/server.log",
    });
    expect(config.nymClient.pool).toEqual([{ id: "nym_server", url: "ws://127.0.0.1:2000" }]);
    expect(config.store.databasePath).toBe("/home/op/storage/nym_server.db");
    expect(config.identity).toMatchObject({
      keysDir: "/srv/keys",
      secretPath: "/home/op/secrets/password",
      makeSecret: false,
    });
    expect(config.log.filePath).toBe("/home/op/storage/server.log");
  });

  test("what has no path of its own lies in DATA_DIR", () => {
    const config = load({ DATA_DIR: "/data" });
    const paths = [config.store.databasePath, config.identity.keysDir, config.identity.secretPath, config.log.filePath];
    for (const path of [...paths, config.nymClient.addressFile]) expect(path.startsWith("/data/")).toBe(true);
  });

  test("the binary lies in the package, wherever it is called from", () => {
    const root = join(import.meta.dirname, "../../..");
    expect(load({}).nymClient.binary).toBe(join(root, "nym-client/bin/nym-client"));
  });

  test("a pool of supervised clients takes the ports that follow", () => {
    expect(load({ NYM_CLIENTS: "3", NYM_CLIENT_ID: "d", WEBSOCKET_URL: "ws://localhost:3000" }).nymClient.pool).toEqual(
      [
        { id: "d", url: "ws://localhost:3000" },
        { id: "d-1", url: "ws://localhost:3001" },
        { id: "d-2", url: "ws://localhost:3002" },
      ],
    );
    expect(load({ NYM_CLIENTS: "2", WEBSOCKET_URL: "ws://127.0.0.1:0" }).nymClient.pool.map(({ url }) => url)).toEqual([
      "ws://127.0.0.1:0",
      "ws://127.0.0.1:0",
    ]);
  });

  test("a list of external clients is a pool", () => {
    const given = { NYM_CLIENT: "external", WEBSOCKET_URL: "ws://a:1977, wss://b/nym" };
    expect(load(given).nymClient.pool.map(({ url }) => url)).toEqual(["ws://a:1977", "wss://b/nym"]);
    expect(load({ ...given, NYM_CLIENTS: "2" }).nymClient.pool).toHaveLength(2);
    expect(refusal({ ...given, NYM_CLIENTS: "3" })).toBe(
      'NYM_CLIENTS is "3"; allowed: 2, as many as WEBSOCKET_URL lists, or unset',
    );
  });

  test("times may be fractions, and come out in whole milliseconds", () => {
    const { times, nymClient } = load({ CHALLENGE_SECONDS: "1.1", ROUTE_DAYS: "0.00001", RESTART_MIN_SECONDS: "0.05" });
    expect(times).toMatchObject({ challengeMs: 1_100, routeMs: 864 });
    expect(nymClient.restartMinMs).toBe(50);
  });

  test("the totals' burst is their rate times LIMIT_BURST_SECONDS, and never less than one", () => {
    const limits = load({
      LIMIT_SENDS_PER_SECOND: "7",
      LIMIT_LOGINS_PER_SECOND: "0.1",
      LIMIT_BURST_SECONDS: "2",
    }).limits;
    expect(limits?.budgets.sends).toEqual({ perSecond: 7, burst: 14 });
    expect(limits?.budgets.logins).toEqual({ perSecond: 0.1, burst: 1 });
    expect(load({ LIMITS: "off" }).limits).toBeUndefined();
  });
});

describe("wrong settings", () => {
  test("are named with what was given and what is allowed, all at once", () => {
    expect(
      refusal({ LIMITS: "maybe", NYM_CLIENTS: "0", CHALLENGE_SECONDS: "soon", LOG_LEVEL: "info" }).split("\n"),
    ).toEqual([
      'NYM_CLIENTS is "0"; allowed: a whole number from 1 to 64',
      'LIMITS is "maybe"; allowed: on, off',
      'CHALLENGE_SECONDS is "soon"; allowed: a number of seconds from 0.001 to 86400',
    ]);
  });

  test("are shown on one line and not at any length", () => {
    const message = refusal({ LOG_LEVEL: `a\nb${"x".repeat(1_000)}` });
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(300);
  });

  test.each([
    [{ NODE_ENV: "production" }, "NYM_CLIENT is not set; allowed: native, external, wasm (NODE_ENV is production)"],
    [{ NODE_ENV: "production", NYM_CLIENT: "loopback" }, 'NYM_CLIENT is "loopback"; allowed: native, external, wasm'],
    [{ NODE_ENV: "production", NYM_CLIENT: "native", LIMITS: "off" }, 'LIMITS is "off"; allowed: on (NODE_ENV is'],
    [{ NODE_ENV: "prodution" }, 'NODE_ENV is "prodution"; allowed: production, development, test'],
    [
      { WEBSOCKET_URL: "ws://example.org:1977" },
      'WEBSOCKET_URL is "ws://example.org:1977"; allowed: one ws:// URL of a',
    ],
    [{ WEBSOCKET_URL: "ws://127.evil.org:1977" }, "allowed: one ws:// URL of a loopback host"],
    [{ WEBSOCKET_URL: "wss://127.0.0.1:1977" }, "allowed: one ws:// URL of a loopback host"],
    [{ WEBSOCKET_URL: "ws://127.0.0.1:1,ws://127.0.0.1:2" }, "allowed: one ws:// URL of a loopback host"],
    [{ WEBSOCKET_URL: "ws://127.0.0.1:65535", NYM_CLIENTS: "2" }, "allowed: a port that leaves room for 2 Nym clients"],
    [{ NYM_CLIENT: "external", WEBSOCKET_URL: "ws://a:0" }, "allowed: URLs with a port above 0"],
    [{ NYM_CLIENT: "external", WEBSOCKET_URL: "ws://a:1,ws://a:1" }, "none twice"],
    [{ NYM_CLIENTS: "20" }, 'LOOPBACK_USERS_PORT is "1990"; allowed: a port that no Nym client'],
    [{ LOOPBACK_CONTROL_PORT: "1977" }, 'LOOPBACK_CONTROL_PORT is "1977"; allowed: a port that no Nym client'],
    [{ RECONNECT_MIN_MS: "600" }, 'RECONNECT_MIN_MS is "600"; allowed: at most RECONNECT_MAX_MS, which is 500'],
    [{ SCRYPT_LOG2_N: "9" }, 'SCRYPT_LOG2_N is "9"; allowed: a whole number from 10 to 22'],
    [{ NYM_GATEWAY: "nope" }, 'NYM_GATEWAY is "nope"; allowed: 32 bytes in base58'],
    [{ NYM_APIS: "https://a,ftp://b" }, "allowed: a URL that begins with https:// or http://"],
    [{ RESERVED_NAMES: "a b" }, 'RESERVED_NAMES is "a b"; allowed: 1 to 64 letters, digits, - and _'],
  ])("%j is refused", (given, message) => {
    expect(refusal(given as Record<string, string>)).toContain(message);
  });

  test("production takes what is meant for it", () => {
    expect(load({ NODE_ENV: "production", NYM_CLIENT: "external" }).production).toBe(true);
  });
});

describe("variables that are no settings", () => {
  test("are pointed out when they look like ours", () => {
    const given = { NYM_CLIENTZ: "2", DATABASE_PATHS: "x", PATH: "/bin", NYM_HOME_DIR: "/x", HOME: "/root" };
    expect(unknownSettings(environmentOf(given))).toEqual([
      "NYM_CLIENTZ (environment) is no setting; did you mean NYM_CLIENT?",
      "DATABASE_PATHS (environment) is no setting; did you mean DATABASE_PATH?",
    ]);
  });

  test("are all pointed out in .env, which is ours alone", () => {
    expect(unknownSettings(environmentOf({ WHATEVER: "1", LIMITS: "on" }, ".env"))).toEqual([
      "WHATEVER (.env) is no setting and does nothing",
    ]);
  });
});
