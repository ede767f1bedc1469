import { setTimeout as sleep } from 'node:timers/promises';
import type { OtlpEncoding } from '../otlp/trace-request.ts';
import type { ForwardFailure, TraceForwarder } from './trace-forwarder.ts';

/** Why spans never reached the target. */
export type ForwardDropReason = ForwardFailure | 'refused' | 'queue_full' | 'rejected';

/** What is told about the requests of a {@link ForwardQueue}. */
export interface ForwardObserver {
  /** The target has a request. */
  onForwarded(spanCount: number, seconds: number): void;
  /** A try failed; the request may be sent again. */
  onFailure(reason: ForwardFailure | 'refused', detail: string): void;
  /** Spans that will not be sent again. */
  onDropped(spanCount: number, reason: ForwardDropReason): void;
}

export interface ForwardQueueBounds {
  /** Bytes of bodies that wait or are being sent. */
  readonly bytesMax: number;
  /** Requests that are being sent at once. */
  readonly sendingMax: number;
  /** For how long a request is tried. */
  readonly tryMillisMax: number;
}

interface WaitingRequest {
  readonly body: Uint8Array;
  readonly encoding: OtlpEncoding;
  readonly spanCount: number;
  readonly giveUpAtMillis: number;
}

const FORWARD_QUEUE_BOUNDS: ForwardQueueBounds = {
  bytesMax: 64 * 1024 * 1024,
  sendingMax: 8,
  tryMillisMax: 60_000,
};
/** What a request takes beside its body, so that many small ones are bounded too. */
const REQUEST_BYTES = 4096;
const RETRY_MILLIS_MIN = 250;
const RETRY_MILLIS_MAX = 5000;

/**
 * Forwards with best effort: whoever sent the spans does not wait for it. Requests wait in memory while the target is away,
 * up to a bound and for a time; what is over is dropped and counted.
 */
export class ForwardQueue {
  readonly #forwarder: TraceForwarder;
  readonly #bounds: ForwardQueueBounds;
  readonly #observer: ForwardObserver;
  readonly #waiting: WaitingRequest[] = [];
  readonly #stopping = new AbortController();
  readonly #senders = new Set<Promise<void>>();
  #bytes = 0;
  #stopAtMillis = Number.POSITIVE_INFINITY;

  constructor(
    forwarder: TraceForwarder,
    observer: ForwardObserver,
    bounds: ForwardQueueBounds = FORWARD_QUEUE_BOUNDS,
  ) {
    this.#forwarder = forwarder;
    this.#observer = observer;
    this.#bounds = bounds;
  }

  /** Bytes of bodies that wait or are being sent. */
  get bytes(): number {
    return this.#bytes;
  }

  add(body: Uint8Array, encoding: OtlpEncoding, spanCount: number): void {
    const bytes = body.length + REQUEST_BYTES;
    if (this.#bytes + bytes > this.#bounds.bytesMax) {
      this.#observer.onDropped(spanCount, 'queue_full');
      return;
    }
    this.#bytes += bytes;
    const giveUpAtMillis = performance.now() + this.#bounds.tryMillisMax;
    this.#waiting.push({ body, encoding, spanCount, giveUpAtMillis });
    if (this.#senders.size < this.#bounds.sendingMax) this.#startSender();
  }

  /** Sends what waits once more, for as long as it is given, and drops what the target does not take. */
  async stop(graceMillis: number): Promise<void> {
    this.#stopAtMillis = performance.now() + graceMillis;
    this.#stopping.abort();
    while (this.#senders.size > 0) await Promise.all(this.#senders);
  }

  #startSender(): void {
    const sender = this.#sendAll().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const now = performance.now();
      if (now < this.#stopAtMillis && now < next.giveUpAtMillis) await this.#send(next);
      else this.#observer.onDropped(next.spanCount, 'timeout');
      this.#bytes -= next.body.length + REQUEST_BYTES;
    }
  }

  async #send({ body, encoding, spanCount, giveUpAtMillis }: WaitingRequest): Promise<void> {
    for (let pauseMillis = RETRY_MILLIS_MIN; ; pauseMillis = Math.min(pauseMillis * 2, RETRY_MILLIS_MAX)) {
      const start = performance.now();
      const result = await this.#forwarder.forward(body, encoding);
      const now = performance.now();
      if (result.outcome === 'accepted') {
        const rejectedSpans = Math.min(result.rejectedSpans, spanCount);
        this.#observer.onForwarded(spanCount - rejectedSpans, (now - start) / 1000);
        if (rejectedSpans > 0) this.#observer.onDropped(rejectedSpans, 'rejected');
        return;
      }
      if (result.outcome === 'refused') {
        this.#observer.onFailure('refused', `refused with status ${result.status}`);
        this.#observer.onDropped(spanCount, 'refused');
        return;
      }
      this.#observer.onFailure(result.reason, result.reason);
      if (this.#stopping.signal.aborted || now + pauseMillis > giveUpAtMillis) {
        this.#observer.onDropped(spanCount, result.reason);
        return;
      }
      // Targets that come back are not met by everybody at the same moment.
      const jittered = pauseMillis * (0.8 + Math.random() * 0.4);
      await sleep(jittered, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }
}
