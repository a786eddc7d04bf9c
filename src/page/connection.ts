/** Our way to the directory: by Nym's SDK, or on a loopback mixnet by what stands in for it. */
import {
  type ClientEvent,
  connectToDirectory,
  createBrowserTransport,
  createLoopbackSdk,
  createSdkTransport,
  type DirectoryClient,
  type Transport,
} from "nym-directory/client/browser";
import { pemOf, type Settings } from "./settings.js";
import type { Vault } from "./vault.js";

/** A mixnet in memory answers at once or not at all. */
const LOOPBACK_PATIENCE = { answerTimeout: 3_000, retries: 2 } as const;
const LOOPBACK_TIMING = { startTimeout: 8_000, quiet: 4_000, probeTimeout: 2_000, reconnect: [500, 1_500] } as const;

/** Connects. Rejects with a `MixnetUnreachableError`, or a RangeError for settings that cannot be. */
export function connect(
  settings: Settings,
  vault: Vault,
  observe: (event: ClientEvent) => void,
): Promise<DirectoryClient> {
  const { directory, replyKey, loopback } = settings;
  return connectToDirectory(
    { transport: transportFor(settings, vault.clientId), store: vault, observe },
    {
      directory,
      ...(loopback !== undefined && LOOPBACK_PATIENCE),
      ...(replyKey === undefined ? {} : { replyKey: pemOf(replyKey) }),
    },
  );
}

function transportFor({ loopback, nymApi, forceTls }: Settings, clientId: string): Transport {
  const start = { clientId, nymApiUrl: nymApi, forceTls };
  if (loopback === undefined) return createBrowserTransport(start);
  const createSdk = (): ReturnType<Parameters<typeof createSdkTransport>[0]["createSdk"]> =>
    Promise.resolve(createLoopbackSdk(loopback, (url) => new WebSocket(url)));
  return createSdkTransport({ createSdk, faultOfNymApi: () => Promise.resolve(undefined) }, start, LOOPBACK_TIMING);
}
