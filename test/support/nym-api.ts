/**
 * A stand-in for nym-api: what Nym clients ask before and while they are connected, about a small network of one's own.
 * Its nodes have keys that are well formed and addresses that are given, so nothing is reached that was not meant.
 */
import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { base58 } from "@scure/base";

/** An entry gateway of the network. */
export interface ApiGateway {
  /** Default: 127.0.0.1. */
  readonly ip?: string;
  /** Where it takes clients, without TLS. */
  readonly wsPort: number;
  /** Where it takes clients with TLS, and its name there; default: nowhere. */
  readonly tls?: { readonly hostname: string; readonly wssPort: number };
  readonly mixPort?: number;
  /** Default: keys of its own. */
  readonly ed25519Key?: Uint8Array;
  readonly x25519Key?: Uint8Array;
}

/** A mix node of the network, in layer 1, 2 or 3. */
export interface ApiMixNode {
  readonly layer: 1 | 2 | 3;
  readonly ip?: string;
  readonly mixPort?: number;
  readonly x25519Key?: Uint8Array;
}

export interface NymApiOptions {
  readonly gateways: readonly ApiGateway[];
  /** Default: one a layer. */
  readonly mixNodes?: readonly ApiMixNode[];
  /** Default: 100. */
  readonly epoch?: number;
  /** 0, the default, for any. */
  readonly port?: number;
  /** Answer everything with this status instead. */
  readonly status?: number;
}

export interface NymApi extends AsyncDisposable {
  /** Base URL with `/api`; the same answers are there without. */
  readonly url: string;
  /** Paths that were asked for, without prefix and query, in order. */
  readonly requests: readonly string[];
  /** Identity keys (base58) of the gateways, in their order. */
  readonly gatewayKeys: readonly string[];
}

const ROTATION_EPOCHS = 24;
const EPOCH_SECONDS = 3_600;
const LAYERS: readonly ApiMixNode[] = [{ layer: 1 }, { layer: 2 }, { layer: 3 }];

/** Starts a nym-api on 127.0.0.1. */
export async function startNymApi(options: NymApiOptions): Promise<NymApi> {
  const requests: string[] = [];
  const answers = answersOf(options);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname.replace(/^\/api(?=\/)/, "");
    if (request.method === "OPTIONS") {
      respond(response, 204);
      return;
    }
    requests.push(path);
    const answer = answers.get(path);
    if (options.status !== undefined) respond(response, options.status, { message: "out of order" });
    else if (answer === undefined) respond(response, 404, { message: "not found" });
    else respond(response, 200, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    requests,
    gatewayKeys: options.gateways.map((gateway, index) => base58.encode(gatewayKey(gateway, index))),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function respond(response: ServerResponse, status: number, body?: object): void {
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  response.writeHead(status, body === undefined ? cors : { ...cors, "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function answersOf({ gateways, mixNodes = LAYERS, epoch = 100 }: NymApiOptions): ReadonlyMap<string, object> {
  const started = new Date().toISOString();
  const rotation = Math.floor(epoch / ROTATION_EPOCHS);
  const metadata = { status: null, absolute_epoch_id: epoch, rotation_id: rotation, refreshed_at: started };
  const skimmed = (data: readonly object[]): object => ({
    metadata,
    nodes: { pagination: { total: data.length, page: 0, size: data.length }, data },
  });
  const gatewayId = (index: number): number => mixNodes.length + 1 + index;
  const gatewayIds = gateways.map((_, index) => gatewayId(index));
  const layer = (wanted: number): number[] =>
    mixNodes.flatMap((node, index) => (node.layer === wanted ? [index + 1] : []));
  return new Map<string, object>([
    [
      "/v2/unstable/nym-nodes/skimmed/entry-gateways",
      skimmed(gateways.map((gateway, index) => gatewayNode(gateway, index, gatewayId(index)))),
    ],
    [
      "/v2/unstable/nym-nodes/skimmed/mixnodes/active",
      skimmed(mixNodes.map((node, index) => mixNode(node, index + 1))),
    ],
    [
      "/v1/nym-nodes/rewarded-set",
      {
        epoch_id: epoch,
        entry_gateways: gatewayIds,
        exit_gateways: gatewayIds,
        layer1: layer(1),
        layer2: layer(2),
        layer3: layer(3),
        standby: [],
      },
    ],
    [
      "/v1/epoch/key-rotation-info",
      {
        key_rotation_state: { validity_epochs: ROTATION_EPOCHS, initial_epoch_id: 0 },
        current_absolute_epoch_id: epoch,
        current_epoch_start: started,
        epoch_duration: { secs: EPOCH_SECONDS, nanos: 0 },
        progress: {
          current_key_rotation_id: rotation,
          current_rotation_starting_epoch: rotation * ROTATION_EPOCHS,
          current_rotation_ending_epoch: (rotation + 1) * ROTATION_EPOCHS - 1,
        },
      },
    ],
  ]);
}

function gatewayNode(gateway: ApiGateway, index: number, id: number): object {
  const {
    ip = "127.0.0.1",
    wsPort,
    tls,
    mixPort = 1,
    x25519Key = x25519.getPublicKey(secret("gateway", index)),
  } = gateway;
  return {
    node_id: id,
    ed25519_identity_pubkey: base58.encode(gatewayKey(gateway, index)),
    ip_addresses: [ip],
    mix_port: mixPort,
    x25519_sphinx_pubkey: base58.encode(x25519Key),
    role: "EntryGateway",
    supported_roles: { mixnode: false, entry: true, exit_nr: true, exit_ipr: false },
    entry: { hostname: tls?.hostname ?? null, ws_port: wsPort, wss_port: tls?.wssPort ?? null },
    performance: "1",
  };
}

function mixNode({ layer, ip = "127.0.0.1", mixPort = 1, x25519Key }: ApiMixNode, id: number): object {
  return {
    node_id: id,
    ed25519_identity_pubkey: base58.encode(ed25519.getPublicKey(secret("mix node", id))),
    ip_addresses: [ip],
    mix_port: mixPort,
    x25519_sphinx_pubkey: base58.encode(x25519Key ?? x25519.getPublicKey(secret("mix node", id))),
    role: { Mixnode: { layer } },
    supported_roles: { mixnode: true, entry: false, exit_nr: false, exit_ipr: false },
    entry: null,
    performance: "1",
  };
}

function gatewayKey({ ed25519Key }: ApiGateway, index: number): Uint8Array {
  return ed25519Key ?? ed25519.getPublicKey(secret("gateway", index));
}

/** Keys that are the same in every run. */
function secret(of: string, index: number): Uint8Array {
  return createHash("sha256").update(`${of} ${index}`).digest();
}
