/** Calls that go on in the background, of one process; the oldest are forgotten first. */
const PENDING_CALLS_MAX = 10_000;

/**
 * Calls whose answer comes later: responses in the background, batches. They are asked for again and again, each time
 * with the whole usage, and are billed once: when the process that started one sees it finished.
 */
export class PendingCalls {
  readonly #responseIds = new Set<string>();

  add(responseId: string): void {
    this.#responseIds.delete(responseId);
    this.#responseIds.add(responseId);
    if (this.#responseIds.size <= PENDING_CALLS_MAX) return;
    for (const oldest of this.#responseIds) {
      this.#responseIds.delete(oldest);
      break;
    }
  }

  /** Whether the call was started here; the answer is yes once. */
  take(responseId: string): boolean {
    return this.#responseIds.delete(responseId);
  }
}
