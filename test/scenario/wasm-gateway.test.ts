/** Nym's own WASM client, as it ships, at a gateway that registers it and forwards nothing: all of it but the mixing. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXIT } from "../../nym-client/wasm/program.js";
import { decodeResponse, encodeRequest } from "../../src/protocol/nym-client/binary.js";
import { freePorts } from "../../src/supervisor/kinds/free-ports.js";
import { startDirectory } from "../support/directory.js";
import { connect } from "../support/loopback-apps.js";
import { type NymApi, startNymApi } from "../support/nym-api.js";
import { type NymGateway, startNymGateway } from "../support/nym-gateway.js";
import { type HostProcess, runWasmHost } from "../support/wasm-host.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nym-directory-wasm-gateway-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const identity = (): string => join(folder, "wasm", "dir.json");

/** What nym-api says of these gateways. */
function apiOf(...gateways: readonly NymGateway[]): Promise<NymApi> {
  return startNymApi({ gateways: gateways.map(({ port, ed25519Key }) => ({ wsPort: port, ed25519Key })) });
}

function run(api: NymApi, ...args: readonly string[]): HostProcess {
  return runWasmHost("--id=dir", `--identity=${identity()}`, `--nym-api=${api.url}`, ...args);
}

async function addressOf(host: HostProcess): Promise<string> {
  const { socket, frames } = await connect(await host.url());
  socket.send(encodeRequest({ type: "selfAddress" }));
  const answer = decodeResponse((await frames.next()).data);
  socket.terminate();
  return answer?.type === "selfAddress" ? answer.address : "";
}

describe("at a gateway", () => {
  test("it registers, serves, and is the same client after a restart, wherever else it could go", async () => {
    await using gateway = await startNymGateway();
    await using alone = await apiOf(gateway);
    await using first = run(alone);
    const address = await addressOf(first);
    expect(address.split("@")[1]).toBe(alone.gatewayKeys[0]);
    expect(gateway.seen).toMatchObject({ registrations: 1, logins: 1 });
    expect(statSync(identity()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "wasm")).mode & 0o777).toBe(0o700);
    first.child.kill("SIGINT");
    expect(await first.ended).toBe(EXIT.asked);

    const kept = readFileSync(identity(), "utf8");
    await using other = await startNymGateway();
    await using both = await apiOf(other, gateway);
    await using second = run(both, `--gateway=${both.gatewayKeys[0] ?? ""}`);
    expect(await addressOf(second)).toBe(address);
    expect(gateway.seen).toMatchObject({ registrations: 1, logins: 2 });
    expect(other.seen).toMatchObject({ registrations: 0, logins: 0 });
    expect((JSON.parse(kept) as { address: string }).address).toBe(address);
  });

  test("it registers at the one that is asked for", async () => {
    await using unwanted = await startNymGateway();
    await using wanted = await startNymGateway();
    await using api = await apiOf(unwanted, wanted);
    await using host = run(api, `--gateway=${api.gatewayKeys[1] ?? ""}`);
    expect((await addressOf(host)).split("@")[1]).toBe(api.gatewayKeys[1]);
    expect(unwanted.seen.registrations).toBe(0);
  });

  test("it ends with 69 as soon as the gateway drops it", async () => {
    await using gateway = await startNymGateway();
    await using api = await apiOf(gateway);
    await using host = run(api);
    await host.url();
    gateway.drop();
    expect(await host.ended).toBe(EXIT.dead);
    expect(host.stderr()).toContain("the connection to the gateway is gone");
  });

  test("it ends with 69 when the gateway stays and forwards nothing, although every send is taken", async () => {
    await using gateway = await startNymGateway();
    await using api = await apiOf(gateway);
    await using host = run(api, "--mode=no-cover", "--probe-every-ms=100", "--probe-answer-ms=300", "--probe-misses=2");
    await host.url();
    expect(await host.ended).toBe(EXIT.dead);
    expect(host.stderr()).toContain("nothing comes through the mixnet any more");
    expect(gateway.seen.packets).toBeGreaterThanOrEqual(2);
  });

  test("a directory has its address back after the gateway dropped it", async () => {
    await using gateway = await startNymGateway();
    await using api = await apiOf(gateway);
    const [port = 0] = await freePorts(1);
    await using directory = await startDirectory({
      env: {
        NYM_CLIENT: "wasm",
        NYM_APIS: api.url,
        WEBSOCKET_URL: `ws://127.0.0.1:${port}`,
        RESTART_MIN_SECONDS: "0.1",
        RESTART_MAX_SECONDS: "0.4",
      },
    });
    const addresses = await directory.addresses();
    gateway.drop();
    await directory.says(/nym client exited.*69[^]*bridge opened/);
    expect(gateway.seen).toMatchObject({ registrations: 1, logins: 2 });
    expect(await directory.addresses()).toEqual(addresses);
    expect(directory.stdout.match(/@/g)).toHaveLength(1);
    expect(await directory.stop()).toBe(0);
  });
});
