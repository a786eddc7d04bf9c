/** Delta debugging: the fewest steps of a program that still fail, as far as leaving steps out can tell. */

/** How far to go. */
export interface ShrinkOptions {
  /** Times that a candidate is tried before it counts as harmless: what depends on timing does not fail each time. */
  readonly tries: number;
  /** Candidates tried at most. */
  readonly budget: number;
}

/**
 * Leaves out ever smaller parts of `steps` for as long as what is left fails (ddmin; Zeller and Hildebrandt, 2002).
 * `fails` plays the steps once.
 */
export async function shrink<T>(
  steps: readonly T[],
  fails: (steps: readonly T[]) => Promise<boolean>,
  { tries, budget }: ShrinkOptions,
): Promise<readonly T[]> {
  let least = steps;
  let left = budget;

  async function stillFails(candidate: readonly T[]): Promise<boolean> {
    for (let attempt = 0; attempt < tries && left > 0; attempt++) {
      left--;
      if (await fails(candidate)) return true;
    }
    return false;
  }

  for (let size = Math.ceil(least.length / 2); size >= 1 && left > 0;) {
    let removed = false;
    for (let start = 0; start < least.length && left > 0;) {
      const candidate = [...least.slice(0, start), ...least.slice(start + size)];
      if (candidate.length < least.length && (await stillFails(candidate))) {
        least = candidate;
        removed = true;
      } else {
        start += size;
      }
    }
    if (size === 1 && !removed) break;
    if (!removed) size = Math.ceil(size / 2);
    else size = Math.min(size, Math.max(1, Math.ceil(least.length / 2)));
  }
  return least;
}
