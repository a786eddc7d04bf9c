/**
 * Shapes: what an item of CBOR must look like to be a value, said once for both directions. Reading throws a
 * `ShapeError` for everything that does not fit; nothing else is thrown, whatever was read.
 */
import { type Cbor, type CborBounds, decodeCbor } from "./cbor.js";
import { type UserName, userName } from "./names.js";

/** The item is not what it should be. `name`: it should be a name, is a text, and is none. */
export class ShapeError extends Error {
  readonly what: "item" | "name";

  constructor(what: "item" | "name" = "item") {
    super(`no such ${what}`);
    this.what = what;
  }
}

/** How values of one type are written and read. */
export interface Shape<T> {
  encode(value: T): Cbor;
  decode(item: Cbor): T;
}

/** How a field of a map is written and read; `undefined` stands for a key that is not there. */
export interface Field<T> {
  readonly key: number;
  encode(value: T): Cbor | undefined;
  decode(item: Cbor | undefined): T;
  /** A value of `undefined` is left out of the object as well. */
  readonly absent?: boolean;
}

/** Whole numbers from `min` to `max`. */
export function uint(min = 0, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return {
    encode: (value) => value,
    decode(item) {
      if (typeof item === "number" && Number.isSafeInteger(item) && item >= min && item <= max) return item;
      throw new ShapeError();
    },
  };
}

/** Byte strings of `min` to `max` bytes. */
export function bytes<T extends Uint8Array = Uint8Array>(min: number, max = min): Shape<T> {
  return {
    encode: (value) => value,
    decode(item) {
      if (item instanceof Uint8Array && item.length >= min && item.length <= max) return item as T;
      throw new ShapeError();
    },
  };
}

/** Anything. */
export const any: Shape<Cbor> = { encode: (value) => value, decode: (item) => item };

/** Any text. */
export const text: Shape<string> = {
  encode: (value) => value,
  decode(item) {
    if (typeof item === "string") return item;
    throw new ShapeError();
  },
};

/** A well-formed name. */
export const name: Shape<UserName> = {
  encode: (value) => value,
  decode(item) {
    const known = userName(item);
    if (known !== undefined) return known;
    throw new ShapeError(typeof item === "string" ? "name" : "item");
  },
};

/** True or false. */
export const bool: Shape<boolean> = {
  encode: (value) => value,
  decode(item) {
    if (typeof item === "boolean") return item;
    throw new ShapeError();
  },
};

/** One of a few words, each written as its number. */
export function word<W extends string>(numbers: Readonly<Record<W, number>>): Shape<W> {
  const words = new Map<unknown, W>(Object.entries<number>(numbers).map(([known, number]) => [number, known as W]));
  return {
    encode: (value) => numbers[value],
    decode(item) {
      const known = words.get(item);
      if (known !== undefined) return known;
      throw new ShapeError();
    },
  };
}

/** `undefined` as null. */
export function nullable<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    encode: (value) => (value === undefined ? null : shape.encode(value)),
    decode: (item) => (item === null ? undefined : shape.decode(item)),
  };
}

/** Arrays of `min` to `max` items of one shape. */
export function list<T>(shape: Shape<T>, min = 0, max = Number.MAX_SAFE_INTEGER): Shape<readonly T[]> {
  return {
    encode: (values) => values.map((value) => shape.encode(value)),
    decode: (item) => itemsOf(item, min, max).map((each) => shape.decode(each)),
  };
}

/** Objects as arrays of all their properties, in the order given. */
export function tuple<T extends object>(shapes: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const properties = Object.entries(shapes) as [keyof T, Shape<T[keyof T]>][];
  return {
    encode: (value) => properties.map(([property, shape]) => shape.encode(value[property])),
    decode(item) {
      const items = itemsOf(item, properties.length, properties.length);
      const value: Partial<T> = {};
      for (const [index, [property, shape]] of properties.entries())
        value[property] = shape.decode(items[index] ?? null);
      return value as T;
    },
  };
}

/** Objects as maps. A key that no field has fits none. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Field<T[K]> }): Shape<T> {
  const properties = Object.entries(fields) as [keyof T, Field<T[keyof T]>][];
  return {
    encode(value) {
      const map = new Map<number, Cbor>();
      for (const [property, field] of properties) {
        const item = field.encode(value[property]);
        if (item !== undefined) map.set(field.key, item);
      }
      return map;
    },
    decode(item) {
      const map = mapOf(item);
      let left = map.size;
      const value: Partial<T> = {};
      for (const [property, field] of properties) {
        const found = map.get(field.key);
        if (found !== undefined) left--;
        const read = field.decode(found);
        if (read !== undefined || field.absent !== true) value[property] = read;
      }
      if (left !== 0) throw new ShapeError();
      return value as T;
    },
  };
}

/** A field that must be there. */
export function required<T>(key: number, shape: Shape<T>): Field<T> {
  return {
    key,
    encode: (value) => shape.encode(value),
    decode(item) {
      if (item === undefined) throw new ShapeError();
      return shape.decode(item);
    },
  };
}

/** A field of a property that may be absent. */
export function optional<T>(key: number, shape: Shape<T>): Field<T | undefined> {
  return { ...orUndefined(key, shape), absent: true };
}

/** A field that may be absent of a property that is always there. */
export function orUndefined<T>(key: number, shape: Shape<T>): Field<T | undefined> {
  return {
    key,
    encode: (value) => (value === undefined ? undefined : shape.encode(value)),
    decode: (item) => (item === undefined ? undefined : shape.decode(item)),
  };
}

/** A field that always has this value, and no property. */
export function constant(key: number, value: number): Field<undefined> {
  return {
    key,
    encode: () => value,
    decode(item) {
      if (item !== value) throw new ShapeError();
      return undefined;
    },
    absent: true,
  };
}

/** A field that is true or absent. */
export function flag(key: number): Field<boolean> {
  return {
    key,
    encode: (value) => (value ? true : undefined),
    decode(item) {
      if (item === undefined || item === true) return item === true;
      throw new ShapeError();
    },
  };
}

/** What fits a shape, and of which something holds besides. */
export function where<T>(shape: Shape<T>, holds: (value: T) => boolean): Shape<T> {
  return {
    encode: (value) => shape.encode(value),
    decode(item) {
      const value = shape.decode(item);
      if (holds(value)) return value;
      throw new ShapeError();
    },
  };
}

/** The value that these bytes say, and nothing else; `undefined` when they say no such thing. */
export function decodeWhole<T>(shape: Shape<T>, encoded: Uint8Array, bounds: CborBounds): T | undefined {
  const read = decodeCbor(encoded, bounds);
  if (read?.length !== encoded.length) return undefined;
  try {
    return shape.decode(read.item);
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** The map. */
export function mapOf(item: Cbor | undefined): ReadonlyMap<unknown, Cbor> {
  if (item instanceof Map) return item;
  throw new ShapeError();
}

/** The items of an array of `min` to `max`. */
export function itemsOf(item: Cbor | undefined, min: number, max = min): readonly Cbor[] {
  if (Array.isArray(item) && item.length >= min && item.length <= max) return item as readonly Cbor[];
  throw new ShapeError();
}
