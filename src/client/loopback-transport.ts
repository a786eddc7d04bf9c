/** A transport to a client of a loopback mixnet in the same process: no socket, and no anonymity either. */
import type { ClientRequest, ClientResponse } from "../protocol/nym-client/frames.js";
import { type ConnectionTiming, createNymClientTransport, type Dial } from "./nym-client-transport.js";
import type { Transport } from "./transport.js";

/** What a loopback mixnet has to offer: one application at a time can be connected to each of its clients. */
export interface AttachableMixnet {
  /** Throws when the client's only place is taken, or the client does not run. Handlers are called later, never from within. */
  attach(
    client: string,
    handlers: { readonly onResponse: (response: ClientResponse) => void; readonly onClose: () => void },
  ): { send(request: ClientRequest): void; close(): void };
}

/** A transport to the client called `client` of `mixnet`. */
export function createLoopbackTransport(
  mixnet: AttachableMixnet,
  client: string,
  timing: ConnectionTiming = {},
): Transport {
  return createNymClientTransport(dialTo(mixnet, client), "the loopback mixnet", timing);
}

function dialTo(mixnet: AttachableMixnet, client: string): Dial {
  return (handlers) => {
    try {
      const attachment = mixnet.attach(client, {
        onResponse: (response) => handlers.response(response),
        onClose: () => handlers.closed(),
      });
      queueMicrotask(() => handlers.opened());
      return attachment;
    } catch {
      queueMicrotask(() => handlers.closed("it refuses the connection"));
      return { send: () => undefined, close: () => undefined };
    }
  };
}
