/**
 * Stands in for the SDK on a loopback mixnet: the same calls and events, over the WebSocket that the mixnet has for each
 * user. No anonymity. As with the SDK, a connection that is lost says so to nobody, and what is sent then is gone.
 */
import { ADDRESS_BYTES, addressFromBytes, addressToBytes, parseAddress } from "../protocol/nym-client/address.js";
import type { MixnetSdk } from "./mixnet-sdk.js";

/** What a WebSocket has to offer, a browser's or any other. */
export interface PlainWebSocket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

const SEND_ANONYMOUS = 0x01;
const RECEIVED = 0x01;
const SELF_ADDRESS = 0x03;
const ADDRESS = 0x02;
const TAG_BYTES = 16;
const U64 = 8;

type ConnectedHandler = Parameters<MixnetSdk["events"]["subscribeToConnected"]>[0];
type MessageHandler = Parameters<MixnetSdk["events"]["subscribeToRawMessageReceivedEvent"]>[0];

/** `users`: where the mixnet has its users, for example `ws://127.0.0.1:1970`; the clientId names one of them. */
export function createLoopbackSdk(users: string, open: (url: string) => PlainWebSocket): MixnetSdk {
  let socket: PlainWebSocket | undefined;
  let closed: Promise<unknown> = Promise.resolve();
  let ended = false;
  const connected: ConnectedHandler[] = [];
  const received: MessageHandler[] = [];

  const take = (frame: Uint8Array): void => {
    if (frame[0] === ADDRESS && frame.length === 1 + ADDRESS_BYTES)
      for (const handler of connected) handler({ args: { address: addressFromBytes(frame.subarray(1)) } });
    if (frame[0] !== RECEIVED) return;
    const payload = frame.slice((frame[1] === 1 ? 2 + TAG_BYTES : 2) + U64);
    for (const handler of received) handler({ args: { payload } });
  };

  return {
    client: {
      start({ clientId }) {
        const opened = open(`${users}/${encodeURIComponent(clientId)}`);
        socket = opened;
        opened.binaryType = "arraybuffer";
        opened.onopen = () => opened.send(Uint8Array.of(SELF_ADDRESS));
        opened.onmessage = ({ data }: { readonly data: unknown }) => {
          if (!ended && data instanceof ArrayBuffer) take(new Uint8Array(data));
        };
        opened.onerror = () => undefined;
        closed = new Promise((resolve) => (opened.onclose = resolve));
        return Promise.resolve();
      },
      rawSend({ payload, recipient, replySurbs }) {
        const address = parseAddress(recipient);
        if (socket === undefined || address === undefined) return Promise.reject(new RangeError("not possible"));
        const frame = new Uint8Array(1 + 4 + ADDRESS_BYTES + 2 * U64 + payload.length);
        const view = new DataView(frame.buffer);
        view.setUint8(0, SEND_ANONYMOUS);
        view.setUint32(1, replySurbs);
        frame.set(addressToBytes(address), 5);
        view.setBigUint64(5 + ADDRESS_BYTES + U64, BigInt(payload.length));
        frame.set(payload, 5 + ADDRESS_BYTES + 2 * U64);
        socket.send(frame);
        return Promise.resolve();
      },
    },
    events: {
      subscribeToConnected: (handler) => connected.push(handler),
      subscribeToRawMessageReceivedEvent: (handler) => received.push(handler),
    },
    async end() {
      ended = true;
      socket?.close();
      await closed;
    },
  };
}
