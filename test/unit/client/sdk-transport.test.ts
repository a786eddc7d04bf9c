import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createLoopbackMixnet } from "../../../nym-client/loopback/mixnet.js";
import type { MixnetErrorCode } from "../../../src/client/mixnet-error.js";
import type { MixnetSdk } from "../../../src/client/mixnet-sdk.js";
import { faultOfNymApi } from "../../../src/client/nym-api.js";
import { createSdkTransport, type SdkTiming } from "../../../src/client/sdk-transport.js";
import type { Transport } from "../../../src/client/transport.js";

const mixnet = createLoopbackMixnet();
const ADDRESS = mixnet.addressOf("alice");
const START = { clientId: "alice", nymApiUrl: "http://127.0.0.1/api", forceTls: true };
const QUICK = { startTimeout: 50, quiet: 20, probeTimeout: 20, probes: 2, reconnect: [1, 2] } as const;
const SILENT = { message: () => undefined, connected: () => undefined, disconnected: () => undefined };

type ConnectedHandler = Parameters<MixnetSdk["events"]["subscribeToConnected"]>[0];
type MessageHandler = Parameters<MixnetSdk["events"]["subscribeToRawMessageReceivedEvent"]>[0];
type Sent = Parameters<MixnetSdk["client"]["rawSend"]>[0];

/** A client of an SDK that does what it is told to. */
class PuppetSdk implements MixnetSdk {
  readonly sent: Sent[] = [];
  readonly started: unknown[] = [];
  ended = false;
  /** Do messages come back that it sends to itself? */
  echoes = true;
  #connected: ConnectedHandler = () => undefined;
  #received: MessageHandler = () => undefined;

  readonly client = {
    start: (options: unknown) => {
      this.started.push(options);
      return Promise.resolve();
    },
    rawSend: (message: Sent) => {
      this.sent.push(message);
      if (this.echoes && message.recipient === ADDRESS) setTimeout(() => this.receive(message.payload), 1);
      return Promise.resolve();
    },
  };
  readonly events = {
    subscribeToConnected: (handler: ConnectedHandler) => (this.#connected = handler),
    subscribeToRawMessageReceivedEvent: (handler: MessageHandler) => (this.#received = handler),
  };

  connect(address: string = ADDRESS): void {
    this.#connected({ args: { address } });
  }

  receive(payload: Uint8Array): void {
    this.#received({ args: { payload } });
  }

  end(): Promise<void> {
    this.ended = true;
    return Promise.resolve();
  }
}

interface Puppets {
  readonly transport: Transport;
  readonly sdks: PuppetSdk[];
}

/** A transport whose SDK clients connect as soon as they are started, unless told otherwise. */
function puppets(timing: SdkTiming = QUICK, connect = true, fault?: MixnetErrorCode): Puppets {
  const sdks: PuppetSdk[] = [];
  const createSdk = (): Promise<MixnetSdk> => {
    const sdk = new PuppetSdk();
    sdks.push(sdk);
    if (connect) setTimeout(() => sdk.connect(), 2);
    return Promise.resolve(sdk);
  };
  const transport = createSdkTransport({ createSdk, faultOfNymApi: () => Promise.resolve(fault) }, START, timing);
  onTestFinished(() => transport.close());
  return { transport, sdks };
}

afterAll(() => mixnet.close());

describe("the transport over the SDK", () => {
  it("starts it as it was told, and waits for the address", async () => {
    const { transport, sdks } = puppets();
    expect(await transport.start(SILENT)).toBe(ADDRESS);
    expect(sdks[0]?.started).toEqual([START]);
  });

  it.each(["nymApiUnreachable", "nymApiWrong"] as const)("gives up at once when told %s", async (code) => {
    const { transport, sdks } = puppets({ ...QUICK, startTimeout: 60_000 }, false, code);
    await expect(transport.start(SILENT)).rejects.toMatchObject({ name: "NotConnectedError", code });
    expect(sdks.map(({ ended }) => ended)).toEqual([true]);
    expect(transport.connected).toBe(false);
  });

  it("says that no gateway let it in when it never connects, and ends the SDK", async () => {
    const { transport, sdks } = puppets(QUICK, false);
    await expect(transport.start(SILENT)).rejects.toMatchObject({ code: "noGateway" });
    expect(sdks.map(({ ended }) => ended)).toEqual([true]);
  });

  it("says that the SDK did not load, whether that failed or hangs; one that loads too late is ended", async () => {
    const failing = createSdkTransport(
      { createSdk: () => Promise.reject(new Error("no worker")), faultOfNymApi: () => Promise.resolve(undefined) },
      START,
      QUICK,
    );
    await expect(failing.start(SILENT)).rejects.toMatchObject({ code: "sdkNotLoaded" });
    const late = new PuppetSdk();
    let load: (sdk: MixnetSdk) => void = () => undefined;
    const hanging = createSdkTransport(
      { createSdk: () => new Promise((resolve) => (load = resolve)), faultOfNymApi: () => Promise.resolve(undefined) },
      START,
      QUICK,
    );
    await expect(hanging.start(SILENT)).rejects.toMatchObject({ code: "sdkNotLoaded" });
    load(late);
    await expect.poll(() => late.ended).toBe(true);
    expect(late.started).toEqual([]);
  });

  it("ends what it had begun when it is closed while it starts", async () => {
    const { transport, sdks } = puppets({ ...QUICK, startTimeout: 60_000 }, false);
    const started = transport.start(SILENT);
    await expect.poll(() => sdks[0]?.started.length).toBe(1);
    await transport.close();
    await expect(started).rejects.toMatchObject({ name: "NotConnectedError" });
    expect(sdks[0]?.ended).toBe(true);
  });

  it("passes a message on as it is, in a buffer of its own", async () => {
    const { transport, sdks } = puppets({ ...QUICK, quiet: 60_000 });
    await transport.start(SILENT);
    transport.send(ADDRESS, new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4), 2);
    const [sent] = sdks[0]?.sent ?? [];
    expect(sent).toMatchObject({ recipient: ADDRESS, replySurbs: 2 });
    expect(sent?.payload.buffer.byteLength).toBe(3);
  });

  it("hears itself while nobody else speaks, and keeps that to itself", async () => {
    const { transport, sdks } = puppets({ ...QUICK, probeTimeout: 5_000 });
    const log: string[] = [];
    await transport.start({
      message: (message) => log.push(new TextDecoder().decode(message)),
      connected: () => log.push("connected"),
      disconnected: () => log.push("disconnected"),
    });
    await expect.poll(() => sdks[0]?.sent.length).toBeGreaterThan(3);
    sdks[0]?.receive(new TextEncoder().encode("hello"));
    expect(log).toEqual(["connected", "hello"]);
    expect(sdks).toHaveLength(1);
  });

  it("replaces an SDK that does not hear itself any more, and tells nothing of the old one", async () => {
    const { transport, sdks } = puppets();
    const log: string[] = [];
    await transport.start({
      message: (message) => log.push(new TextDecoder().decode(message)),
      connected: () => log.push("connected"),
      disconnected: () => log.push("disconnected"),
    });
    const [first] = sdks;
    if (first !== undefined) first.echoes = false;
    await expect.poll(() => log).toEqual(["connected", "disconnected", "connected"]);
    expect(first?.ended).toBe(true);
    expect(first?.sent.length).toBeGreaterThanOrEqual(QUICK.probes);
    first?.receive(new TextEncoder().encode("from the past"));
    expect(log).not.toContain("from the past");
    expect(transport.connected).toBe(true);
  });
});

describe("the nym-api", () => {
  const listen = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
  };
  const patience = { tries: 2, pause: 1, timeout: 1_000 };
  const { signal } = new AbortController();

  it("is there when it answers as one", async () => {
    const asked: (string | undefined)[] = [];
    const url = await listen((request, response) => {
      asked.push(request.url);
      response.end('{"key_rotation_state":{}}');
    });
    expect(await faultOfNymApi(url, signal, patience)).toBeUndefined();
    expect(asked).toEqual(["/api/v1/epoch/key-rotation-info"]);
  });

  it.each([
    ["404", 404, '{"key_rotation_state":{}}'],
    ["a page", 200, "<!doctype html>"],
    ["something else", 200, "[]"],
  ])("is none when it answers %s", async (_what, status, body) => {
    let times = 0;
    const url = await listen((_request, response) => {
      times++;
      response.writeHead(status).end(body);
    });
    expect(await faultOfNymApi(url, signal, patience)).toBe("nymApiWrong");
    expect(times).toBe(2);
  });

  it("is out of reach when nothing listens or it hangs up, unless it does better the next time", async () => {
    expect(await faultOfNymApi("http://127.0.0.1:1", signal, patience)).toBe("nymApiUnreachable");
    let times = 0;
    const url = await listen((request, response) => {
      if (times++ === 0) request.socket.destroy();
      else response.end('{"key_rotation_state":{}}');
    });
    expect(await faultOfNymApi(url, signal, patience)).toBeUndefined();
  });

  it("is not asked any more once nobody wants to know", async () => {
    await expect(faultOfNymApi("http://127.0.0.1:1", AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
