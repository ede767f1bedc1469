/** How much may be in the works at once. */
export interface InFlightBounds {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/** A client that has sent nothing for so long makes room for others when there is none left. */
const STALLED_MILLIS = 1000;

interface Receiving {
  /** Makes the client send again later. */
  readonly giveUp: () => void;
  bytes: number;
  lastMillis: number;
}

/**
 * Bounds the requests that are being worked on and the memory that their bodies take. Bytes are reserved as
 * they arrive and as they are decompressed, so that a small body that inflates to a large one counts in full.
 */
export class InFlightLimit {
  readonly #bounds: InFlightBounds;
  /** Requests whose bodies are still to come, the one that stalls longest first. */
  readonly #receiving = new Set<Receiving>();
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
   *
   * @param giveUp Called when its bytes are needed for others and nothing has come of it for a second.
   */
  receive(giveUp: () => void): ReceivingAdmission | undefined {
    if (this.#requests >= this.#bounds.requestsMax) return undefined;
    const own: Receiving = { giveUp, bytes: 0, lastMillis: performance.now() };
    let places = 0;
    this.#receiving.add(own);
    return {
      begin: () => {
        if (this.#requests >= this.#bounds.requestsMax) return false;
        this.#receiving.delete(own);
        this.#requests += 1;
        places = 1;
        return true;
      },
      reserve: (bytes) => {
        if (places === 0) this.#touch(own);
        if (!this.#makeRoom(bytes, own)) return false;
        this.#bytes += bytes;
        own.bytes += bytes;
        return true;
      },
      release: () => {
        this.#receiving.delete(own);
        this.#requests -= places;
        places = 0;
        this.#free(own);
      },
    };
  }

  #touch(own: Receiving): void {
    // What was given up gets no place again.
    if (!this.#receiving.delete(own)) return;
    own.lastMillis = performance.now();
    this.#receiving.add(own);
  }

  /** Whether so many bytes fit, if need be in place of bodies that do not come. */
  #makeRoom(bytes: number, own: Receiving): boolean {
    while (this.#bytes + bytes > this.#bounds.bytesMax) {
      const [longest] = this.#receiving;
      if (longest === undefined || longest === own) return false;
      if (performance.now() - longest.lastMillis < STALLED_MILLIS) return false;
      this.#receiving.delete(longest);
      this.#free(longest);
      longest.giveUp();
    }
    return true;
  }

  #free(own: Receiving): void {
    this.#bytes -= own.bytes;
    own.bytes = 0;
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
