import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkTo } from "../../../scripts/page/link.js";
import { servePage, type ServedPage } from "../../../scripts/page/serve.js";

let folder: string;
let page: ServedPage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "page-"));
  for (const name of ["index.html", "main.js", "style.css", "icon.svg", "web-worker-0.js"])
    await writeFile(join(folder, name), name);
  page = await servePage(folder, 0);
});

afterAll(async () => {
  await page[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const policyOf = async (path: string): Promise<string> =>
  (await fetch(`${page.url}${path}`)).headers.get("content-security-policy") ?? "";

/** The status of an answer to a request as it stands, without what `fetch` would correct. */
function statusOf(path: string, options: { host?: string; method?: string } = {}): Promise<number | undefined> {
  const { hostname, port, host } = new URL(page.url);
  const { method = "GET", host: named = host } = options;
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers: { host: named } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("the example page's server", () => {
  it.each([
    ["", "text/html; charset=utf-8", "index.html"],
    ["main.js", "text/javascript; charset=utf-8", "main.js"],
    ["web-worker-0.js", "text/javascript; charset=utf-8", "web-worker-0.js"],
    ["style.css", "text/css; charset=utf-8", "style.css"],
    ["icon.svg", "image/svg+xml", "icon.svg"],
  ])("serves /%s as %s, to be taken for nothing else", async (path, type, body) => {
    const response = await fetch(`${page.url}${path}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).toBe(body);
  });

  it("lets the page connect to the nym-api of its URL, or of the Nym mixnet, and nowhere else", async () => {
    expect(await policyOf("")).toContain("connect-src https://validator.nymtech.net;");
    expect(await policyOf("?nymApi=http%3A%2F%2F127.0.0.1%3A8000%2Fapi")).toContain(
      "connect-src http://127.0.0.1:8000;",
    );
    expect(await policyOf("?loopback=ws%3A%2F%2F127.0.0.1%3A1970")).toContain("connect-src ws://127.0.0.1:1970;");
    for (const odd of ["*", "javascript:alert(1)", "https://a;script-src *", "https:"])
      expect(await policyOf(`?nymApi=${encodeURIComponent(odd)}`)).toContain(
        "connect-src https://validator.nymtech.net;",
      );
  });

  it("lets no script run but the page's own, and WebAssembly only in the worker", async () => {
    const [own, worker] = [await policyOf(""), await policyOf("web-worker-0.js")];
    expect(own).toMatch(/^default-src 'none'; script-src 'self'; worker-src 'self';/);
    expect(own).not.toMatch(/unsafe/);
    expect(worker).toMatch(/^default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src /);
  });

  it("leads who asks for the page and nothing more to a directory, if there is one, and nobody else", async () => {
    const places: string[] = [];
    const home = (url: string): Promise<string | undefined> =>
      Promise.resolve(places.map((place) => `${url}?directory=${place}`)[0]);
    await using led = await servePage(folder, 0, home);
    const ask = (path: string): Promise<Response> => fetch(`${led.url}${path}`, { redirect: "manual" });
    expect((await ask("")).status).toBe(200);
    places.push("a.b@c");
    const { status, headers } = await ask("");
    expect([status, headers.get("location")]).toEqual([302, `${led.url}?directory=a.b@c`]);
    for (const path of ["?directory=d.e@f", "index.html", "main.js"]) expect((await ask(path)).status).toBe(200);
  });

  it("serves nothing else, to nobody else", async () => {
    expect(await statusOf("/package.json")).toBe(404);
    expect(await statusOf("/../../etc/passwd")).toBe(404);
    expect(await statusOf("/", { method: "POST" })).toBe(405);
    expect(await statusOf("/", { host: "attacker.example" })).toBe(421);
    expect(await statusOf("/", { method: "HEAD" })).toBe(200);
  });
});

describe("the link to the page", () => {
  it("says all that the page has to know of a directory", () => {
    const local = {
      addresses: ["a.b@c", "d.e@f"],
      users: "ws://127.0.0.1:1970",
      control: "ws://127.0.0.1:1971",
      replyKey: "-----BEGIN PUBLIC KEY-----\nMFkw+/\nEw==\n-----END PUBLIC KEY-----\n",
    };
    const { searchParams } = new URL(linkTo("http://127.0.0.1:80/", local));
    expect(Object.fromEntries(searchParams)).toEqual({
      directory: "a.b@c,d.e@f",
      loopback: "ws://127.0.0.1:1970",
      replyKey: "MFkw+/Ew==",
    });
  });

  it("leads into the mixnet by a nym-api of one's own, without TLS if it has none", () => {
    const query = (nymApi: string | undefined): object =>
      Object.fromEntries(new URL(linkTo("http://127.0.0.1:80/", { addresses: ["a.b@c"], nymApi })).searchParams);
    expect(query(undefined)).toEqual({ directory: "a.b@c" });
    expect(query("https://a/api")).toEqual({ directory: "a.b@c", nymApi: "https://a/api" });
    expect(query("http://a/api")).toEqual({ directory: "a.b@c", nymApi: "http://a/api", forceTls: "false" });
  });
});
