import { isOpen, type OpenSpan } from './open-inference-span.ts';
import type { WireCall } from './wire-call.ts';

/** A consumer may take its time over what has arrived, and a span that tells of a stream ends when it is through. */
const WAIT_MILLIS = 5000;
/** Calls that are waited for at once; beyond it the oldest is not waited for any longer. */
const WAITING_MAX = 1000;

interface Waiting {
  readonly call: WireCall;
  readonly span: OpenSpan;
  readonly dueMillis: number;
}

/**
 * Finished calls on spans of other instrumentations that are still open.
 *
 * Most end a moment after the answer. Some never do, as those of streams that were left early or of answers that the
 * instrumentation cannot read, and what is on a span that does not end never leaves the process.
 */
export class LeftOpenSpans {
  readonly #onLeftOpen: (call: WireCall) => void;
  /** In the order in which they are due. */
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param onLeftOpen takes each call whose span did not end in time; must not throw */
  constructor(onLeftOpen: (call: WireCall) => void) {
    this.#onLeftOpen = onLeftOpen;
  }

  add(call: WireCall, span: OpenSpan): void {
    while (this.#waiting[0] !== undefined && !isOpen(this.#waiting[0].span)) this.#waiting.shift();
    this.#waiting.push({ call, span, dueMillis: performance.now() + WAIT_MILLIS });
    if (this.#waiting.length > WAITING_MAX) this.#settle(1);
    this.#timer ??= this.#startTimer(WAIT_MILLIS);
  }

  /** Waits no longer for any of them. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#settle(this.#waiting.length);
  }

  #startTimer(millis: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = performance.now();
      const pending = this.#waiting.findIndex(({ dueMillis }) => dueMillis > now);
      this.#settle(pending === -1 ? this.#waiting.length : pending);
      const [next] = this.#waiting;
      this.#timer = next === undefined ? undefined : this.#startTimer(next.dueMillis - now);
    }, millis).unref();
  }

  #settle(count: number): void {
    for (const { call, span } of this.#waiting.splice(0, count)) if (isOpen(span)) this.#onLeftOpen(call);
  }
}
