import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareFolder } from "../../../../src/supervisor/kinds/native-folder.js";

let home = "";
let folder = "";
let inits = 0;

beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "nym-directory-folder-")), "home");
  folder = join(home, ".nym", "clients", "dir");
  inits = 0;
});
afterEach(() => rmSync(join(home, ".."), { recursive: true }));

const options = () => ({ home, id: "dir", host: "127.0.0.1", port: 1977 });

function writeKeys(text = `keys ${inits}`): void {
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(join(folder, "data", "private_identity.pem"), text);
}

function writeConfig(): void {
  mkdirSync(join(folder, "config"), { recursive: true });
  writeFileSync(join(folder, "config", "config.toml"), "[socket]\n");
}

/** Refuses, like the real one, when there is a folder already. */
function init(): Promise<void> {
  if (existsSync(folder)) return Promise.reject(new Error("the client is already initialised"));
  inits++;
  writeKeys();
  writeConfig();
  return Promise.resolve();
}

const keys = (): string => readFileSync(join(folder, "data", "private_identity.pem"), "utf8");

describe("a folder of a nym-client", () => {
  it("is made once, private, and used from then on", async () => {
    mkdirSync(home, { mode: 0o755 });
    await prepareFolder(options(), init);
    await prepareFolder(options(), init);
    expect(inits).toBe(1);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, "config", "config.toml"), "utf8")).toContain("listening_port = 1977");
  });

  it("without settings, of an init that nobody finished, is wiped", async () => {
    writeKeys("half");
    await prepareFolder(options(), init);
    expect(keys()).toBe("keys 1");
    expect(readdirSync(join(home, ".nym", "clients"))).toEqual(["dir"]);
  });

  it("is wiped when its init did not come to its end, even if it looks whole", async () => {
    await expect(
      prepareFolder(options(), () => {
        writeKeys("interrupted");
        writeConfig();
        return Promise.reject(new Error("killed"));
      }),
    ).rejects.toThrow("killed");
    await prepareFolder(options(), init);
    expect(keys()).toBe("keys 1");
  });

  it("is not believed to be made when init says so and left nothing", async () => {
    await expect(prepareFolder(options(), () => Promise.resolve())).rejects.toThrow("no complete folder");
    await prepareFolder(options(), init);
    expect(inits).toBe(1);
  });

  it("that somebody brought whole is taken with its keys", async () => {
    writeKeys("of another machine");
    writeConfig();
    await prepareFolder(options(), init);
    expect(inits).toBe(0);
    expect(keys()).toBe("of another machine");
  });

  it("that has served and lost its settings is set aside, never thrown away", async () => {
    await prepareFolder(options(), init);
    for (let loss = 1; loss <= 2; loss++) {
      rmSync(join(folder, "config", "config.toml"));
      await prepareFolder(options(), init);
    }
    expect(readdirSync(join(home, ".nym", "clients"))).toEqual(["dir", "dir.damaged-1", "dir.damaged-2"]);
    expect(readFileSync(`${folder}.damaged-1/data/private_identity.pem`, "utf8")).toBe("keys 1");
  });

  it("that is gone altogether is made anew", async () => {
    await prepareFolder(options(), init);
    rmSync(folder, { recursive: true });
    await prepareFolder(options(), init);
    expect(inits).toBe(2);
  });
});
