import type { CallTap, TapFailure } from '../call-tap.ts';

/**
 * Passes the events of one exchange on to its tap: the final head once, then the body, then one end. After a failure
 * of the tap itself it passes nothing on. No method throws.
 */
export class TappedExchange {
  #tap: CallTap | undefined;
  #hasHead = false;
  readonly #onFailure: (failure: TapFailure) => void;

  constructor(tap: CallTap, onFailure: (failure: TapFailure) => void) {
    this.#tap = tap;
    this.#onFailure = onFailure;
  }

  /** True until the exchange has ended, or the tap has failed. */
  get isOpen(): boolean {
    return this.#tap !== undefined;
  }

  get hasHead(): boolean {
    return this.#hasHead;
  }

  requestBody(chunk: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    try {
      this.#tap?.requestBody(chunk);
    } catch {
      this.#turnOff();
    }
  }

  /** Informational heads (1xx) and any after the first final one are left out. */
  responseHead(statusCode: number, header: (lowerCaseName: string) => string | undefined): void {
    if (statusCode < 200 || this.#hasHead) return;
    this.#hasHead = true;
    try {
      this.#tap?.responseHead(statusCode, header);
    } catch {
      this.#turnOff();
    }
  }

  responseBody(chunk: unknown): void {
    if (!(chunk instanceof Uint8Array)) return;
    try {
      this.#tap?.responseBody(chunk);
    } catch {
      this.#turnOff();
    }
  }

  end(): void {
    const tap = this.#tap;
    this.#tap = undefined;
    try {
      tap?.end();
    } catch {
      this.#turnOff();
    }
  }

  /** Ignored after {@link end}: undici's RetryAgent reports an error after the end of what it retries. */
  fail(error: unknown): void {
    const tap = this.#tap;
    this.#tap = undefined;
    try {
      tap?.fail(error);
    } catch {
      this.#turnOff();
    }
  }

  #turnOff(): void {
    this.#tap = undefined;
    reportFailure(this.#onFailure, 'internal_error');
  }
}

/** Counting a failure must not fail the application either. */
export function reportFailure(onFailure: (failure: TapFailure) => void, failure: TapFailure): void {
  try {
    onFailure(failure);
  } catch {
    // There is nobody left to tell.
  }
}

/** Of a request or response that the application gave up without an error of its own. */
export function abandonedError(message: string): Error {
  return Object.assign(new Error(message), { name: 'AbortError', code: 'ABORT_ERR' });
}
