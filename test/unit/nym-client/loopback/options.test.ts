import { expect, test } from "vitest";
import { parseArguments } from "../../../../nym-client/loopback/arguments.js";
import { withDefaults } from "../../../../nym-client/loopback/options.js";

const defaults = {
  services: 1,
  id: "nym-directory",
  identity: "loopback",
  packetsPerSecond: 50,
  userPacketsPerSecond: 50,
  reserve: 1,
  userReserve: 10,
  starvationMs: 45_000,
  latePushMs: 5 * 60_000,
  retransmitMs: 1_500,
  replyRetransmissions: 10,
  restartMs: 100,
  gatewayKeepMs: 24 * 3_600_000,
};

test("the defaults are those of the real client, but for the reserve of service clients", () => {
  expect(withDefaults({})).toEqual({ ...defaults, seed: "loopback", faults: {} });
});

test("the program has the same, and a seed of its own", () => {
  const { ports, keep, ...options } = parseArguments(["node", "loopback"]);
  expect(withDefaults(options)).toMatchObject(defaults);
  expect(options.seed).toBeUndefined();
  expect(ports).toEqual({ services: [1977], users: 1970, dedicated: {}, control: 1971 });
  expect(keep).toBe(false);
});

test("every option of the command line arrives", () => {
  const args = {
    ...{ services: 3, id: "dir", seed: "s", identity: "i", "packets-per-second": "unlimited" },
    ...{ "user-packets-per-second": 470, reserve: 2, "user-reserve": 3, "starvation-ms": 4, "late-push-ms": 5 },
    ...{ "retransmit-ms": 6, "reply-retransmissions": 7, "restart-ms": 8, "gateway-keep-ms": 9, "delay-ms": 10 },
    ...{ "jitter-ms": 11, loss: 0.1, "packet-loss": 0.2, duplicate: 0.3, reorder: 0.4, "reorder-ms": 12 },
    ...{ "reconnect-refused-ms": 13, port: 2000, "users-port": 0, "control-port": 14, "user-port": "alice=15" },
  };
  const flags = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
  const options = parseArguments(["node", "loopback", ...flags, "--abort-on-failed-handshake", "--keep"]);
  expect(options).toEqual({
    ...{ services: 3, id: "dir", seed: "s", identity: "i", packetsPerSecond: Infinity },
    ...{ userPacketsPerSecond: 470, reserve: 2, userReserve: 3, starvationMs: 4, latePushMs: 5 },
    ...{ retransmitMs: 6, replyRetransmissions: 7, restartMs: 8, gatewayKeepMs: 9 },
    faults: {
      ...{ delayMs: 10, jitterMs: 11, loss: 0.1, packetLoss: 0.2, duplicate: 0.3, reorder: 0.4, reorderMs: 12 },
      ...{ reconnectRefusedMs: 13, abortOnFailedHandshake: true },
    },
    ports: { services: [2000, 2001, 2002], users: 0, dedicated: { alice: 15 }, control: 14 },
    keep: true,
  });
});
