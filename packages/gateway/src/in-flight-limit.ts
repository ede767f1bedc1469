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

  /**
   * Lets a request send its body, or `undefined` when all places are taken; it must be released. It takes a place when it
   * begins to be worked on, so that clients who are slow to send theirs keep nobody else out.
   */
  receive(): ReceivingAdmission | undefined {
    if (this.#requests >= this.#bounds.requestsMax) return undefined;
    let reserved = 0;
    let places = 0;
    return {
      begin: () => {
        if (this.#requests >= this.#bounds.requestsMax) return false;
        this.#requests += 1;
        places = 1;
        return true;
      },
      reserve: (bytes) => {
        if (this.#bytes + bytes > this.#bounds.bytesMax) return false;
        this.#bytes += bytes;
        reserved += bytes;
        return true;
      },
      release: () => {
        this.#requests -= places;
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

/** What a request holds while its body comes in. */
export interface ReceivingAdmission extends Admission {
  /** Takes a place, once; false when all are taken. */
  begin(): boolean;
}
