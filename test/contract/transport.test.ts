import { createLoopbackTransport } from "../../src/client/loopback-transport.js";
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
