/**
 * The WebSocket that Nym's WASM client gets from us, as Node 20 has none. It is watched: the client opens one or two
 * while it starts, and when the last of them has closed it goes on as if nothing had happened, for ever.
 */
import { WebSocket } from "ws";

const open = new Set<GatewaySocket>();
let onLost: (() => void) | undefined;

export class GatewaySocket extends WebSocket {
  constructor(url: string, protocols: string | string[] = []) {
    super(url, protocols, { perMessageDeflate: false });
    open.add(this);
    // First in line: the client's own listener for this event may throw.
    this.on("close", () => {
      open.delete(this);
      if (open.size === 0) onLost?.();
    });
  }
}

/** From now on `lost` is called whenever the last socket closes; at once if there is none. */
export function watchGateway(lost: () => void): void {
  onLost = lost;
  if (open.size === 0) lost();
}
