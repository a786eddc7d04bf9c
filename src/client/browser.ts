/** The client library, for browsers: what `nym-directory/client/browser` exports. Nothing here needs Node. */
import { loadSdk } from "./load-sdk.js";
import type { SdkStart } from "./mixnet-sdk.js";
import { faultOfNymApi } from "./nym-api.js";
import { createSdkTransport, type SdkTiming } from "./sdk-transport.js";
import type { Transport } from "./transport.js";

export type { KeyPair } from "../protocol/v1/key-pair.js";
export { type NymAddress, parseAddress } from "../protocol/nym-client/address.js";
export type { ClientEvent } from "./client-event.js";
export type { DirectoryClientOptions } from "./client-options.js";
export { type ClientStore, type Contact, createMemoryClientStore, DIGESTS_KEPT } from "./client-store.js";
export { connectToDirectory, type DirectoryClient, type DirectoryClientComponents } from "./directory-client.js";
export { CLIENT_ERRORS, ClientError, type ClientErrorCode } from "./errors.js";
export type { IncomingMessage, Rejection } from "./incoming.js";
export { fingerprintOf, keyPairOfPem, newKeyPair, type NewKeyPair, sameKey } from "./keys.js";
export type { DirectoryEntry } from "./lookup.js";
export { createLoopbackSdk, type PlainWebSocket } from "./loopback-sdk.js";
export { MIXNET_ERRORS, type MixnetErrorCode, MixnetUnreachableError } from "./mixnet-error.js";
export type { MixnetSdk, SdkStart } from "./mixnet-sdk.js";
export type { SealedMessage } from "./outgoing.js";
export { createSdkTransport, type SdkTiming } from "./sdk-transport.js";
export { NotConnectedError, type Transport, type TransportListener } from "./transport.js";

/** A transport to the Nym mixnet by `@nymproject/sdk`, whose `web-worker-0.js` has to be served beside the page. */
export function createBrowserTransport(start: SdkStart, timing: SdkTiming = {}): Transport {
  return createSdkTransport({ createSdk: loadSdk, faultOfNymApi }, start, timing);
}
