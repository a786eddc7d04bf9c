import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkPinned, checkTags, loadNymModule, type NymModule } from "../../../../nym-client/wasm/nym-module.js";
import {
  selfTestSenderTags,
  type TagHandle,
  TagLayoutError,
  type TagModule,
  takeSenderTag,
} from "../../../../nym-client/wasm/sender-tag.js";
import type { SenderTag } from "../../../../src/protocol/nym-client/sender-tag.js";
import { OperatorError } from "../../../../src/util/operator-error.js";

/** A module reduced to its memory, which grows, and so moves, whenever a tag is made. */
class FakeModule implements TagModule {
  readonly freed: number[] = [];
  /** How far from where it should be a tag's pointer is. */
  skew = 0;
  #memory = new ArrayBuffer(4_096);
  #next = 64;
  readonly __wasm: TagModule["__wasm"];
  readonly AnonymousSenderTag: TagModule["AnonymousSenderTag"];

  constructor() {
    const memory = {
      buffer: (): ArrayBuffer => this.#memory,
    };
    this.__wasm = {
      memory: {
        get buffer() {
          return memory.buffer();
        },
      },
      __wbindgen_malloc: (bytes) => (this.#next += bytes) - bytes,
    };
    this.AnonymousSenderTag = { __wrap: (pointer) => this.wrap(pointer) };
  }

  wrap(pointer: number): TagHandle {
    const grown = new ArrayBuffer(this.#memory.byteLength + 64);
    new Uint8Array(grown).set(new Uint8Array(this.#memory));
    this.#memory = grown;
    return { __wbg_ptr: pointer + this.skew, free: () => void this.freed.push(pointer) };
  }

  write(at: number, words: readonly number[]): void {
    words.forEach((word, index) => new DataView(this.#memory).setUint32(at + index * 4, word, true));
  }
}

describe("a senderTag in the memory of the module", () => {
  it("is read, and freed", () => {
    const module = new FakeModule();
    module.write(100, [1, 1, 0, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]);
    expect(takeSenderTag(module, module.wrap(108))).toBe("000102030405060708090a0b0c0d0e0f");
    expect(module.freed).toEqual([108]);
  });

  it.each([
    ["strong count", [2, 1, 0]],
    ["weak count", [1, 2, 0]],
    ["borrow flag", [1, 1, 1]],
    ["nothing", [0, 0, 0]],
  ])("with another %s is neither read nor freed", (_what, words) => {
    const module = new FakeModule();
    module.write(100, words);
    expect(() => takeSenderTag(module, module.wrap(108))).toThrow(TagLayoutError);
    expect(module.freed).toEqual([]);
  });

  it.each([0, 4, 1 << 20, Number.NaN])("is not looked for at %s", (pointer) => {
    const module = new FakeModule();
    expect(() => takeSenderTag(module, { __wbg_ptr: pointer, free: () => undefined })).toThrow(TagLayoutError);
  });
});

describe("the self-test", () => {
  it("succeeds where tags lie as they should, also when the memory moves", () => {
    const module = new FakeModule();
    selfTestSenderTags(module);
    expect(module.freed.length).toBeGreaterThan(1);
  });

  it.each([4, -4, 8, 16])("fails where they lie %i bytes further", (skew) => {
    const module = new FakeModule();
    module.skew = skew;
    expect(() => selfTestSenderTags(module)).toThrow(TagLayoutError);
  });

  it.each([-8, -4, 0])("fails with a guard that does not look at the word at %i", (offset) => {
    const module = new FakeModule();
    const careless = (from: TagModule, handle: TagHandle): SenderTag => {
      const { buffer } = from.__wasm.memory;
      new DataView(buffer).setUint32(handle.__wbg_ptr + offset, offset === 0 ? 0 : 1, true);
      return takeSenderTag(from, handle);
    };
    expect(() => selfTestSenderTags(module, careless)).toThrow("read all the same");
  });

  it("fails with a reader that reads something else", () => {
    const shifted = (from: TagModule, handle: TagHandle): SenderTag =>
      takeSenderTag(from, handle).replace(/^(..)(.*)$/, "$2$1") as SenderTag;
    expect(() => selfTestSenderTags(new FakeModule(), shifted)).toThrow("misread");
  });

  it("that fails is told to the operator", () => {
    const module = new FakeModule();
    module.skew = 4;
    expect(() => checkTags(module)).toThrow(OperatorError);
  });
});

describe("the module that is installed", () => {
  const wasm = join(
    dirname(createRequire(import.meta.url).resolve("@nymproject/nym-client-wasm-node")),
    "nym_client_wasm_bg.wasm",
  );
  const folder = mkdtempSync(join(tmpdir(), "nym-directory-wasm-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let module: NymModule;
  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    module = await loadNymModule();
  });

  it("has senderTags that can be read", () => {
    expect(() => selfTestSenderTags(module)).not.toThrow();
  });

  it.each([
    [2, 1, 0],
    [1, 2, 0],
    [1, 1, 1],
  ])("has none read whose words are %i, %i, %i", (...words) => {
    const cell = module.__wasm.__wbindgen_malloc(28, 4);
    const set = (values: readonly number[]): void =>
      values.forEach((value, index) =>
        new DataView(module.__wasm.memory.buffer).setUint32(cell + index * 4, value, true),
      );
    set(words);
    const handle = module.AnonymousSenderTag.__wrap(cell + 8);
    expect(() => takeSenderTag(module, handle)).toThrow(TagLayoutError);
    set([1, 1, 0]);
    expect(takeSenderTag(module, handle)).toHaveLength(32);
  });

  it("is the pinned one, and with one bit changed it is not", async () => {
    await checkPinned(wasm);
    const bytes = readFileSync(wasm);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    const path = join(folder, "changed.wasm");
    writeFileSync(path, bytes);
    await expect(checkPinned(path)).rejects.toMatchObject({ name: "OperatorError", code: "wasm-not-pinned" });
  });
});
