/** The official nym-client program: one process for each Nym client of the pool, with keys of its own in the data folder. */
import { join } from "node:path";
import { OperatorError } from "../../util/operator-error.js";
import type { ChildSpec, LaunchPlan, LaunchSettings } from "./kind.js";
import { checkBinary, INSTALLED_BINARY } from "./native-binary.js";
import { prepareFolder } from "./native-folder.js";
import { listeningPlaces, mustBeFree, type Place } from "./places.js";

/** Everything else that it could read from an environment is left out. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", NO_COLOR: "1", RUST_LOG: "info" };

/** Traffic modes are not kept by nym-client: each run is told. */
const MODE_FLAGS = { default: [], fastmode: ["--fastmode"], "no-cover": ["--no-cover"] } as const;

/** One child for each pool member. Throws an `OperatorError` that says what to do if the program cannot or may not run. */
export async function planNative(settings: LaunchSettings, installed = INSTALLED_BINARY): Promise<LaunchPlan> {
  const { dataDir, nymClient } = settings;
  const home = join(dataDir, "nym-clients");
  const { binary, allowUnpinned, pool } = nymClient;
  const notices = await checkBinary({ binary, installed, allowUnpinned, folder: home });
  const places = await listeningPlaces(pool.map(({ url }) => url));
  const children = pool.map(({ id }, index) => {
    const place = places[index];
    if (place === undefined) throw new OperatorError("ports", "there are fewer WEBSOCKET_URLs than Nym clients");
    return nativeChild(nymClient, { home, id, ...place }, index);
  });
  return { endpoints: places.map(({ url }) => url), children, notices };
}

function nativeChild(
  { binary, apis, gateway, mode }: LaunchSettings["nymClient"],
  client: Place & { readonly home: string; readonly id: string },
  index: number,
): ChildSpec {
  const { id, host, port, home } = client;
  const common = ["--id", id, "-p", String(port), ...(apis === undefined ? [] : ["--nym-apis", apis.join(",")])];
  const atGateway = gateway === undefined ? [] : ["--gateway", gateway];
  return {
    name: `nym-client-${index}`,
    command: binary,
    args: ["run", ...common, ...MODE_FLAGS[mode]],
    env: { ...ENVIRONMENT, HOME: home, NYM_HOME_DIR: home },
    clients: [index],
    keepsSurbs: true,
    check: () => mustBeFree(client),
    async prepare({ run }) {
      const init = ["init", ...common, ...atGateway, "--host", host, "-o", "json"];
      await prepareFolder(client, () => run(init));
    },
  };
}
