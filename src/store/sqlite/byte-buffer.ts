/** Writes and reads the few types of a batch, back to back in one buffer. Both ends are ours, so nothing is checked. */

const NUMBER_BYTES = 8;
const LENGTH_BYTES = 4;

/** Grows as it is written to. */
export class ByteWriter {
  #buffer: Buffer<ArrayBuffer>;
  #length = 0;

  /** `capacity`: bytes to start with. */
  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  number(value: number): void {
    this.#reserve(NUMBER_BYTES);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(LENGTH_BYTES + value.length);
    this.#length = this.#buffer.writeUInt32LE(value.length, this.#length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** `hex`: two digits a byte. */
  hex(hex: string): void {
    this.#text(hex, "hex", hex.length / 2);
  }

  text(text: string): void {
    this.#text(text, "utf8", text.length * 3);
  }

  /** What was written. The memory is the caller's from here on. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #text(text: string, encoding: BufferEncoding, most: number): void {
    this.#reserve(LENGTH_BYTES + most);
    const length = this.#buffer.write(text, this.#length + LENGTH_BYTES, encoding);
    this.#buffer.writeUInt32LE(length, this.#length);
    this.#length += LENGTH_BYTES + length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Reads in the order of writing; `bytes` are views, not copies. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#buffer.readUInt8(this.#offset++);
  }

  number(): number {
    const value = this.#buffer.readDoubleLE(this.#offset);
    this.#offset += NUMBER_BYTES;
    return value;
  }

  bytes(): Buffer {
    const end = this.#end();
    const value = this.#buffer.subarray(this.#offset, end);
    this.#offset = end;
    return value;
  }

  hex(): string {
    return this.#text("hex");
  }

  text(): string {
    return this.#text("utf8");
  }

  #text(encoding: BufferEncoding): string {
    const end = this.#end();
    const value = this.#buffer.toString(encoding, this.#offset, end);
    this.#offset = end;
    return value;
  }

  #end(): number {
    const length = this.#buffer.readUInt32LE(this.#offset);
    this.#offset += LENGTH_BYTES;
    return this.#offset + length;
  }
}
