import { shortText } from './short-text.ts';

/** An answer has one reason for each of its candidates, most often the same. */
const REASONS_MAX = 8;
/** Reasons are words of an enumeration. */
const REASON_CHARACTERS_MAX = 64;

/** Why an answer ended, each reason once. */
export class FinishReasons {
  readonly #reasons = new Set<string>();

  add(value: unknown): void {
    const reason = shortText(value);
    if (reason === undefined || reason.length > REASON_CHARACTERS_MAX) return;
    if (this.#reasons.size < REASONS_MAX) this.#reasons.add(reason);
  }

  get size(): number {
    return this.#reasons.size;
  }

  /** `undefined` until there is one. */
  list(): readonly string[] | undefined {
    return this.#reasons.size === 0 ? undefined : [...this.#reasons];
  }
}
