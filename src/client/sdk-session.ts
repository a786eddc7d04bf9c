/** One client of the SDK, from its start to its end. It never reconnects by itself, so a lost one is replaced. */
import { type NymAddress, parseAddress } from "../protocol/nym-client/address.js";
import { type MixnetErrorCode, MixnetUnreachableError } from "./mixnet-error.js";
import type { MixnetSdk, SdkStart } from "./mixnet-sdk.js";
import { sleep } from "./sleep.js";

/** What a session works with. */
export interface SessionComponents {
  readonly createSdk: () => Promise<MixnetSdk>;
  /** What is wrong with the nym-api, if anything. */
  readonly faultOfNymApi: (url: string, signal: AbortSignal) => Promise<MixnetErrorCode | undefined>;
}

/** A connected client. */
export interface Session {
  readonly address: NymAddress;
  send(recipient: NymAddress, message: Uint8Array, surbs: number): void;
  end(): Promise<void>;
}

/**
 * Starts a client and waits until it is connected. `received` is attached before anything can arrive. Rejects with a
 * `MixnetUnreachableError` after `timeout` milliseconds, or as soon as the nym-api is known not to answer, and with the
 * reason of `signal` when that is aborted; then nothing of the client is left.
 */
export async function openSession(
  { createSdk, faultOfNymApi }: SessionComponents,
  { start, timeout }: { readonly start: SdkStart; readonly timeout: number },
  received: (message: Uint8Array) => void,
  signal: AbortSignal,
): Promise<Session> {
  const settled = new AbortController();
  const waiting = AbortSignal.any([settled.signal, signal]);
  let sdk: MixnetSdk | undefined;

  const connected = async (): Promise<Session> => {
    const made = await createSdk().catch(() => Promise.reject(new MixnetUnreachableError("sdkNotLoaded")));
    if (waiting.aborted) await made.end();
    waiting.throwIfAborted();
    sdk = made;
    made.events.subscribeToRawMessageReceivedEvent(({ args }) => received(args.payload));
    const addressed = new Promise<string | undefined>((resolve) => {
      made.events.subscribeToConnected(({ args }) => resolve(args.address));
    });
    await made.client.start(start);
    const fault = faultOfNymApi(start.nymApiUrl, waiting).then((code) => {
      if (code !== undefined) throw new MixnetUnreachableError(code);
      return addressed;
    });
    const address = parseAddress((await Promise.race([addressed, fault])) ?? "");
    if (address === undefined) throw new MixnetUnreachableError("noGateway");
    return { address, send: (...message) => send(made, ...message), end: () => made.end() };
  };

  const tooLate = async (): Promise<never> => {
    await sleep(timeout, waiting);
    throw new MixnetUnreachableError(sdk === undefined ? "sdkNotLoaded" : "noGateway");
  };

  try {
    return await Promise.race([connected(), tooLate()]);
  } catch (error) {
    await sdk?.end();
    throw error;
  } finally {
    settled.abort();
  }
}

/** A copy, since all of the buffer that a view is of would go to the worker. What fails there is lost, as on any network. */
function send(sdk: MixnetSdk, recipient: NymAddress, message: Uint8Array, surbs: number): void {
  sdk.client.rawSend({ payload: Uint8Array.from(message), recipient, replySurbs: surbs }).catch(() => undefined);
}
