/** How single values, and objects made of them, lie in a batch. Both ends are ours, so nothing is checked. */
import type { SenderTag } from "../../protocol/nym-client/sender-tag.js";
import type { Route } from "../rows.js";
import type { ByteReader, ByteWriter } from "./byte-buffer.js";

/** Writes and reads values of one type. */
export interface FieldCodec<T> {
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** Every property of an object, in the order in which they lie. */
export type Layout<T> = { readonly [Name in keyof T]-?: FieldCodec<T[Name]> };

/** Numbers, whatever they count. */
export function number<T extends number = number>(): FieldCodec<T> {
  return { write: (writer, value) => writer.number(value), read: (reader) => reader.number() as T };
}

/** Texts, whatever they say. */
export function text<T extends string = string>(): FieldCodec<T> {
  return { write: (writer, value) => writer.text(value), read: (reader) => reader.text() as T };
}

export const bytes: FieldCodec<Uint8Array> = {
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
};

const tag: FieldCodec<SenderTag> = {
  write: (writer, value) => writer.hex(value),
  read: (reader) => reader.hex() as SenderTag,
};

/** A value that is always the same. */
export function constant<T>(value: T): FieldCodec<T> {
  return { write: () => undefined, read: () => value };
}

export const bool: FieldCodec<boolean> = {
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read: (reader) => reader.byte() === 1,
};

/** One of a few words. */
export function word<W extends string>(...words: readonly W[]): FieldCodec<W> {
  return {
    write: (writer, value) => writer.byte(words.indexOf(value)),
    read(reader) {
      const known = words[reader.byte()];
      if (known === undefined) throw new RangeError("no such word");
      return known;
    },
  };
}

/** A property that may be missing. */
export function optional<T>(codec: FieldCodec<T>): FieldCodec<T | undefined> {
  return {
    write(writer, value) {
      writer.byte(value === undefined ? 0 : 1);
      if (value !== undefined) codec.write(writer, value);
    },
    read: (reader) => (reader.byte() === 0 ? undefined : codec.read(reader)),
  };
}

export function list<T>(codec: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    write(writer, values) {
      writer.number(values.length);
      for (const value of values) codec.write(writer, value);
    },
    read: (reader) => Array.from({ length: reader.number() }, () => codec.read(reader)),
  };
}

/** Objects, property by property. What is `undefined` is not a property of what is read. */
export function object<T extends object>(layout: Layout<T>): FieldCodec<T> {
  const properties = Object.entries(layout) as [keyof T, FieldCodec<T[keyof T]>][];
  return {
    write(writer, value) {
      for (const [name, codec] of properties) codec.write(writer, value[name]);
    },
    read(reader) {
      const value: Partial<T> = {};
      for (const [name, codec] of properties) {
        const read = codec.read(reader);
        if (read !== undefined) value[name] = read;
      }
      return value as T;
    },
  };
}

export const route = object<Route>({ client: text(), incarnation: number(), tag });
