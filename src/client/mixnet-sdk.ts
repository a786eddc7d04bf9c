/** Of `@nymproject/sdk`: exactly what the transport uses, so that something else can stand in for it. */

/** What a client of the SDK is started with. */
export interface SdkStart {
  /** Names the keys that the SDK keeps in IndexedDB: the same name, the same address. */
  readonly clientId: string;
  /** For example `https://validator.nymtech.net/api`. */
  readonly nymApiUrl: string;
  /** Only gateways with TLS: a must where the page itself came over https. */
  readonly forceTls: boolean;
}

/** One client of the SDK, which has a web worker to itself. */
export interface MixnetSdk {
  readonly client: {
    /** Resolves before the client is connected, and says nothing of a failure. */
    start(options: SdkStart): Promise<void>;
    /** Resolves when the worker has it, which proves nothing. */
    rawSend(message: {
      readonly payload: Uint8Array;
      readonly recipient: string;
      readonly replySurbs: number;
    }): Promise<void>;
  };
  readonly events: {
    subscribeToConnected(handler: (event: { readonly args: { readonly address?: string } }) => void): unknown;
    subscribeToRawMessageReceivedEvent(
      handler: (event: { readonly args: { readonly payload: Uint8Array } }) => void,
    ): unknown;
  };
  /** Ends the worker, and with it the connection to the gateway. Nothing is told any more. */
  end(): Promise<void>;
}
