/** The settings as they take effect: defaults that depend on others filled in, paths made absolute, contradictions refused. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, type SettingIssue } from "./config-error.js";
import type { SettingName, Values } from "./settings.js";

type Derived =
  | "NODE_ENV"
  | "NYM_CLIENT"
  | "NYM_CLIENTS"
  | "NYM_CLIENT_BINARY"
  | "DATABASE_PATH"
  | "KEYS_DIR"
  | "SECRET_PATH"
  | "ADDRESS_FILE"
  | "LOG_FILE_PATH";

/** The value of every setting, with nothing left open that has to be known. */
export type Effective = {
  readonly [Name in SettingName]: Name extends Derived ? NonNullable<Values[Name]> : Values[Name];
};

const PACKAGE_ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Completes what was parsed. Relative paths are relative to `directory`. Throws one `ConfigError` for all contradictions. */
export function effectiveSettings(values: Values, directory: string): Effective {
  const dataDir = resolve(directory, values.DATA_DIR);
  const at = (given: string | undefined, otherwise: string): string =>
    given === undefined ? otherwise : resolve(directory, given);
  const effective: Effective = {
    ...values,
    NODE_ENV: values.NODE_ENV ?? "development",
    NYM_CLIENT: values.NYM_CLIENT ?? "loopback",
    NYM_CLIENTS: values.NYM_CLIENTS ?? (values.NYM_CLIENT === "external" ? values.WEBSOCKET_URL.length : 1),
    NYM_CLIENT_BINARY: at(values.NYM_CLIENT_BINARY, join(PACKAGE_ROOT, "nym-client/bin/nym-client")),
    DATA_DIR: dataDir,
    DATABASE_PATH: at(values.DATABASE_PATH, join(dataDir, "directory.db")),
    KEYS_DIR: at(values.KEYS_DIR, join(dataDir, "keys")),
    SECRET_PATH: at(values.SECRET_PATH, join(dataDir, "secret")),
    ADDRESS_FILE: at(values.ADDRESS_FILE, join(dataDir, "addresses")),
    LOG_FILE_PATH: at(values.LOG_FILE_PATH, join(dataDir, "app.log")),
  };
  const issues = [...productionIssues(values), ...endpointIssues(effective), ...orderIssues(effective)];
  if (issues.length > 0) throw new ConfigError(issues);
  return effective;
}

/** Whether a client that we start ourselves may listen at this URL. */
function isLoopbackHost(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}

function productionIssues(values: Values): readonly SettingIssue[] {
  if (values.NODE_ENV !== "production") return [];
  const issues: SettingIssue[] = [];
  if (values.NYM_CLIENT === undefined || values.NYM_CLIENT === "loopback") {
    issues.push(issue("NYM_CLIENT", values.NYM_CLIENT, "native, external, wasm (NODE_ENV is production)"));
  }
  if (!values.LIMITS) issues.push(issue("LIMITS", "off", "on (NODE_ENV is production)"));
  return issues;
}

function endpointIssues(values: Effective): readonly SettingIssue[] {
  const urls = values.WEBSOCKET_URL.map((url) => new URL(url));
  const wrong = (allowed: string): SettingIssue[] => [issue("WEBSOCKET_URL", values.WEBSOCKET_URL.join(","), allowed)];
  if (values.NYM_CLIENT === "external") {
    if (urls.some((url) => url.port === "0")) return wrong("URLs with a port above 0 (NYM_CLIENT is external)");
    if (values.NYM_CLIENTS === urls.length) return [];
    return [
      issue("NYM_CLIENTS", String(values.NYM_CLIENTS), `${urls.length}, as many as WEBSOCKET_URL lists, or unset`),
    ];
  }
  const [first] = urls;
  if (first === undefined || urls.length > 1 || first.protocol !== "ws:" || !isLoopbackHost(first)) {
    return wrong(`one ws:// URL of a loopback host (NYM_CLIENT is ${values.NYM_CLIENT})`);
  }
  const last = Number(first.port) + values.NYM_CLIENTS - 1;
  if (last > 65_535) return wrong(`a port that leaves room for ${values.NYM_CLIENTS} Nym clients below 65536`);
  const inPool = (port: number): boolean => port !== 0 && port >= Number(first.port) && port <= last;
  return (["LOOPBACK_USERS_PORT", "LOOPBACK_CONTROL_PORT"] as const)
    .filter((name) => values.NYM_CLIENT === "loopback" && first.port !== "0" && inPool(values[name]))
    .map((name) => issue(name, String(values[name]), "a port that no Nym client of the directory has"));
}

function orderIssues(values: Effective): readonly SettingIssue[] {
  const ordered = [
    ["RECONNECT_MIN_MS", "RECONNECT_MAX_MS"],
    ["RESTART_MIN_SECONDS", "RESTART_MAX_SECONDS"],
    ["MAX_REQUEST_BYTES", "MAILBOX_BYTES"],
    ["MAX_REQUEST_BYTES", "FRAME_MAX_BYTES"],
  ] as const;
  return ordered
    .filter(([low, high]) => values[low] > values[high])
    .map(([low, high]) => issue(low, String(values[low]), `at most ${high}, which is ${values[high]}`));
}

function issue(name: SettingName, given: string | undefined, allowed: string): SettingIssue {
  return { name, given, allowed };
}
