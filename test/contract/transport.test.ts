import { WebSocket } from "ws";
import { createLoopbackSdk } from "../../src/client/loopback-sdk.js";
import { createLoopbackTransport } from "../../src/client/loopback-transport.js";
import { createSdkTransport } from "../../src/client/sdk-transport.js";
import { createWebSocketTransport } from "../../src/client/websocket-transport.js";
import type { LoopbackMixnet } from "../../nym-client/loopback/mixnet.js";
import { transportContract } from "./transport.js";

transportContract("the loopback transport", createLoopbackTransport);

const urls = new WeakMap<LoopbackMixnet, Promise<string>>();

function usersOf(mixnet: LoopbackMixnet): Promise<string> {
  const known = urls.get(mixnet) ?? mixnet.listen().then(({ users }) => users);
  urls.set(mixnet, known);
  return known;
}

transportContract("the WebSocket transport", async (mixnet, name, timing) =>
  createWebSocketTransport({ url: `${await usersOf(mixnet)}/${name}`, ...timing }),
);

transportContract("the SDK's transport, with a stand-in for the SDK,", async (mixnet, name, { startTimeout = 0 }) => {
  const users = await usersOf(mixnet);
  return createSdkTransport(
    {
      createSdk: () => Promise.resolve(createLoopbackSdk(users, (url) => new WebSocket(url))),
      faultOfNymApi: () => Promise.resolve(undefined),
    },
    { clientId: name, nymApiUrl: users, forceTls: false },
    { startTimeout, quiet: 1_000, probeTimeout: 300, probes: 2, reconnect: [5, 20] },
  );
});
