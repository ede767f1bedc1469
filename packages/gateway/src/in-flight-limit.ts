/** How much may be in the works at once. */
export interface InFlightBounds {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/**
 * Bounds the requests that are being worked on and the memory that their bodies take. Bytes are reserved as
 * they arrive and as they are decompressed, so that a small body that inflates to a large one counts in full.
 */
export class InFlightLimit {
  readonly #bounds: InFlightBounds;
  #requests = 0;
  #bytes = 0;

  constructor(bounds: InFlightBounds) {
    this.#bounds = bounds;
  }

  /** What is in the works now. */
  get current(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  /** A place for one request, or `undefined` when all are taken. It must be released. */
  admit(): Admission | undefined {
    if (this.#requests >= this.#bounds.requestsMax) return undefined;
    this.#requests += 1;
    let reserved = 0;
    return {
      reserve: (bytes) => {
        if (this.#bytes + bytes > this.#bounds.bytesMax) return false;
        this.#bytes += bytes;
        reserved += bytes;
        return true;
      },
      release: () => {
        this.#requests -= 1;
        this.#bytes -= reserved;
      },
    };
  }
}

/** The place of one request. */
export interface Admission {
  /** False when there is no memory left for that many more bytes. */
  reserve(bytes: number): boolean;
  release(): void;
}
