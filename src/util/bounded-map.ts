/** A map that holds at most so many entries and forgets the one that was set longest ago. */

/** Least-recently-set eviction; `refresh` makes an entry the newest again. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #capacity: number;
  readonly #evicted: (value: Value, key: Key) => void;

  /** `evicted` is told of every entry that had to go for a newer one. */
  constructor(capacity: number, evicted: (value: Value, key: Key) => void = () => undefined) {
    this.#capacity = capacity;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Sets an entry as the newest, and evicts the oldest if there is one too many. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const [oldestKey, oldest] of this.#entries) {
      this.#entries.delete(oldestKey);
      this.#evicted(oldest, oldestKey);
      return;
    }
  }

  /** Makes the entry of `key` the newest again. */
  refresh(key: Key): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  values(): IterableIterator<Value> {
    return this.#entries.values();
  }
}
