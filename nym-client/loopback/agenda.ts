/** What is to happen later in the mixnet, in order of time and on one timer, so that closing it leaves nothing behind. */

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

/** Things to do, by time. Times are milliseconds of a clock that starts anywhere and never goes back. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #next: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #immediate: NodeJS.Immediate | undefined;
  #order = 0;
  #closed = false;

  /** Milliseconds now. */
  now(): number {
    return performance.now();
  }

  /** Does `action` after what runs now, together with everything else that is due then. */
  soon(action: () => void): void {
    if (this.#closed) return;
    this.#next.push(action);
    this.#immediate ??= setImmediate(() => this.#runNext());
  }

  /** Does `action` at `at`; entries of the same time keep their order. */
  at(at: number, action: () => void): void {
    if (this.#closed) return;
    const entry = { at, order: this.#order, action };
    this.#order += 1;
    this.#rise(this.#heap.push(entry) - 1, entry);
    this.#arm();
  }

  /** Does `action` after `ms` milliseconds. */
  after(ms: number, action: () => void): void {
    this.at(this.now() + ms, action);
  }

  /** Forgets everything, and takes nothing more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#heap.length = 0;
    this.#next = [];
  }

  #runNext(): void {
    this.#immediate = undefined;
    const actions = this.#next;
    this.#next = [];
    for (const action of actions) action();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = first.at;
    this.#timer = setTimeout(() => this.#runDue(), Math.min(Math.ceil(first.at - this.now()), 2 ** 31 - 1));
  }

  #runDue(): void {
    this.#timerAt = Infinity;
    const now = this.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#removeFirst();
      first.action();
    }
    this.#arm();
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#sink(last);
  }

  #rise(index: number, entry: Entry): void {
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || before(parent, entry)) break;
      this.#heap[index] = parent;
      index = parentIndex;
    }
    this.#heap[index] = entry;
  }

  #sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const smaller = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (smaller === undefined || before(entry, smaller)) break;
      this.#heap[index] = smaller;
      index = smaller === left ? 2 * index + 1 : 2 * index + 2;
    }
    this.#heap[index] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
