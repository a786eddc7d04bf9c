/** The client library, for Node: what `nym-directory/client` exports. */
export type { ClientEvent } from "./client-event.js";
export type { DirectoryClientOptions } from "./client-options.js";
export { type ClientStore, type Contact, createMemoryClientStore } from "./client-store.js";
export { connectToDirectory, type DirectoryClient, type DirectoryClientComponents } from "./directory-client.js";
export { CLIENT_ERRORS, ClientError, type ClientErrorCode } from "./errors.js";
export { openFileClientStore } from "./file-client-store.js";
export type { IncomingMessage, Rejection } from "./incoming.js";
export { KeyFileError, readKeyFile, writeKeyFile } from "./key-file.js";
export { fingerprintOf, keyPairOfPem, newKeyPair, type NewKeyPair, sameKey } from "./keys.js";
export type { DirectoryEntry } from "./lookup.js";
export { createLoopbackTransport } from "./loopback-transport.js";
export type { SealedMessage } from "./outgoing.js";
export { NotConnectedError, type Transport, type TransportListener } from "./transport.js";
export { certifiedReplyKey } from "./reply-key.js";
export { createWebSocketTransport, type WebSocketTransportOptions } from "./websocket-transport.js";
