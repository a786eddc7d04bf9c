/** Nym's WASM client as an engine: started with the identity of its last run, if there was one. */
import { type NymAddress, parseAddress } from "../../src/protocol/nym-client/address.js";
import { senderTagToBase58 } from "../../src/protocol/nym-client/sender-tag.js";
import type { EngineEvents, MixnetEngine } from "./engine.js";
import { watchGateway } from "./gateway-socket.js";
import { gatewayIn, readIdentity, writeIdentity } from "./identity-file.js";
import { type ClientOverride, loadNymModule, type NymClient, type NymModule, type OnMessage } from "./nym-module.js";
import { takeSenderTag } from "./sender-tag.js";
import { type Databases, exportDatabases, importDatabases } from "./storage.js";

/** How much of its traffic a client hides, as nym-client has it. */
export type Mode = "default" | "fastmode" | "no-cover";

/** Settings of a client. */
export interface NymEngineOptions {
  /** Names its storage. */
  readonly id: string;
  /** Of these one is asked about the network, another one perhaps at the next start; without any, Nym's own. */
  readonly nymApis: readonly string[];
  /** Identity key (base58) of the gateway at which to register; later starts stay at the one they have. */
  readonly gateway: string | undefined;
  readonly mode: Mode;
  /** Where its identity is kept. */
  readonly identityPath: string;
}

/** What nym-client itself changes for its modes. */
const TRAFFIC: Readonly<Record<Mode, ClientOverride>> = {
  default: {},
  fastmode: {
    traffic: { averagePacketDelayMs: 10, messageSendingAverageDelayMs: 4 },
    coverTraffic: { loopCoverTrafficAverageDelayMs: 2_000_000 },
  },
  "no-cover": {
    traffic: { disableMainPoissonPacketDistribution: true },
    coverTraffic: { disableLoopCoverTrafficStream: true },
  },
};
/** Replies need not leave more than one SURB for asking for more, see docs/decisions.md. */
const SURBS: ClientOverride = { replySurbs: { minimumReplySurbStorageThreshold: 1, freshSenderTags: false } };

/** Starts the client, see `StartEngine`. Its identity is on the disk when this resolves. One in a process. */
export async function startNymEngine(options: NymEngineOptions, events: EngineEvents): Promise<MixnetEngine> {
  const stored = await readIdentity(options.identityPath);
  const module = await loadNymModule();
  const { indexedDB } = globalThis as unknown as { readonly indexedDB: Databases };
  if (stored !== undefined) await importDatabases(indexedDB, stored.storage);
  const gateway = stored === undefined ? options.gateway : gatewayIn(stored.address);
  const nymApiUrl = options.nymApis[Math.floor(Math.random() * options.nymApis.length)];
  const client = await new module.NymClient(onMessage(module, events), {
    clientId: options.id,
    ...(nymApiUrl !== undefined && { nymApiUrl }),
    ...(gateway !== undefined && { preferredGateway: gateway }),
    forceTls: false,
    clientOverride: { ...TRAFFIC[options.mode], ...SURBS },
  });
  const address = addressOf(client);
  if (stored !== undefined && stored.address !== address) throw new Error("the client started with another address");
  await writeIdentity(options.identityPath, { address, storage: await exportDatabases(indexedDB) });
  watchGateway(events.lost);
  return engineOf(client, address);
}

function onMessage(module: NymModule, { received, broken }: EngineEvents): OnMessage {
  return (message, handle) => {
    try {
      received(Buffer.from(message), handle === undefined ? undefined : takeSenderTag(module, handle));
    } catch (error) {
      broken(error instanceof Error ? error : new Error("a message could not be taken"));
    }
  };
}

function engineOf(client: NymClient, address: NymAddress): MixnetEngine {
  return {
    address,
    async send(message, recipient) {
      await client.send_regular_message(message, recipient);
    },
    async sendAnonymous(message, recipient, replySurbs) {
      await client.send_anonymous_message(message, recipient, replySurbs);
    },
    async reply(message, senderTag) {
      await client.send_reply(message, senderTagToBase58(senderTag));
    },
  };
}

function addressOf(client: NymClient): NymAddress {
  const address = parseAddress(client.selfAddress());
  if (address === undefined) throw new Error("the client has no Nym address");
  return address;
}
