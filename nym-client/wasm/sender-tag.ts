/**
 * Reads senderTags out of the memory of Nym's WASM client, which has no function for it. An `AnonymousSenderTag` points
 * to a `WasmRefCell` in an `Rc`: strong count, weak count, borrow flag, then the 16 bytes. That is how rustc lays it out
 * and nobody's promise: so each read checks the words around, and a self-test runs before anything depends on it.
 */
import { randomBytes } from "node:crypto";
import { SENDER_TAG_BYTES, type SenderTag } from "../../src/protocol/nym-client/sender-tag.js";

/** A tag as the module hands it over. */
export interface TagHandle {
  readonly __wbg_ptr: number;
  free(): void;
}

/** What of the module is needed to read tags. */
export interface TagModule {
  readonly __wasm: {
    readonly memory: { readonly buffer: ArrayBuffer };
    __wbindgen_malloc(bytes: number, alignment: number): number;
  };
  readonly AnonymousSenderTag: { __wrap(pointer: number): TagHandle };
}

/** The module's memory is not laid out as it was when this was written: nothing read from it can be trusted. */
export class TagLayoutError extends Error {
  override readonly name = "TagLayoutError";
}

const WORD = 4;
/** Before the pointer: strong and weak count. At the pointer: borrow flag. */
const COUNT_BYTES = 2 * WORD;
const CELL_BYTES = COUNT_BYTES + WORD + SENDER_TAG_BYTES;
const SELF_TEST_ROUNDS = 8;

/** Takes the tag out of `handle` and frees it. Throws a `TagLayoutError`, and leaves it alone, if the words around it are not as they must be. */
export function takeSenderTag(module: TagModule, handle: TagHandle): SenderTag {
  const pointer = handle.__wbg_ptr;
  // The memory moves whenever it grows, so no view of it is kept.
  const { buffer } = module.__wasm.memory;
  if (!Number.isInteger(pointer) || pointer < COUNT_BYTES || pointer + WORD + SENDER_TAG_BYTES > buffer.byteLength) {
    throw new TagLayoutError("a senderTag lies outside of the memory");
  }
  const words = new DataView(buffer, pointer - COUNT_BYTES, COUNT_BYTES + WORD);
  const [strong, weak, borrowed] = [0, 1, 2].map((index) => words.getUint32(index * WORD, true));
  if (strong !== 1 || weak !== 1 || borrowed !== 0)
    throw new TagLayoutError("the words around a senderTag are not its");
  const tag = Buffer.from(new Uint8Array(buffer, pointer + WORD, SENDER_TAG_BYTES)).toString("hex") as SenderTag;
  handle.free();
  return tag;
}

/**
 * Makes tags as the module makes them, breaks the words around each, which `take` must notice, and has it read them.
 * Throws a `TagLayoutError`. Needs no network.
 */
export function selfTestSenderTags(module: TagModule, take = takeSenderTag): void {
  for (let round = 0; round < SELF_TEST_ROUNDS; round += 1) {
    const bytes = randomBytes(SENDER_TAG_BYTES);
    const handle = makeTag(module, bytes);
    for (const offset of [-COUNT_BYTES, -WORD, 0]) checkNoticed(module, take, handle, offset);
    if (take(module, handle) !== bytes.toString("hex")) throw new TagLayoutError("a senderTag was misread");
  }
}

function makeTag(module: TagModule, bytes: Uint8Array): TagHandle {
  const cell = module.__wasm.__wbindgen_malloc(CELL_BYTES, WORD);
  const { buffer } = module.__wasm.memory;
  const words = new DataView(buffer, cell, COUNT_BYTES + WORD);
  [1, 1, 0].forEach((word, index) => words.setUint32(index * WORD, word, true));
  new Uint8Array(buffer, cell + COUNT_BYTES + WORD, SENDER_TAG_BYTES).set(bytes);
  return module.AnonymousSenderTag.__wrap(cell + COUNT_BYTES);
}

/** Spoils one word around a tag for a moment. */
function checkNoticed(module: TagModule, take: typeof takeSenderTag, handle: TagHandle, offset: number): void {
  const word = (): DataView => new DataView(module.__wasm.memory.buffer, handle.__wbg_ptr + offset, WORD);
  const was = word().getUint32(0, true);
  word().setUint32(0, was + 1, true);
  let noticed = false;
  try {
    take(module, handle);
  } catch (error) {
    if (!(error instanceof TagLayoutError)) throw error;
    noticed = true;
  }
  if (!noticed) throw new TagLayoutError("a senderTag with broken words around it was read all the same");
  word().setUint32(0, was, true);
}
