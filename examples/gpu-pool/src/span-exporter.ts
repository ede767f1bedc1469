import type { ResourceSpansJson, SpanJson } from './otlp-json.ts';

const EXPORT_INTERVAL_MILLIS = 200;
const EXPORT_TIMEOUT_MILLIS = 5000;
const QUEUE_MAX = 10_000;

/** Sends spans to an OTLP endpoint a few times a second. What cannot be sent is tried again with the next ones. */
export class SpanExporter {
  readonly #tracesUrl: string;
  readonly #wrap: (spans: readonly SpanJson[]) => ResourceSpansJson;
  readonly #timer: NodeJS.Timeout;
  #queue: SpanJson[] = [];
  #sending: Promise<void> = Promise.resolve();

  /** `wrap` puts the resource and the scope around spans. */
  constructor(endpoint: string, wrap: (spans: readonly SpanJson[]) => ResourceSpansJson) {
    this.#tracesUrl = `${endpoint}/v1/traces`;
    this.#wrap = wrap;
    this.#timer = setInterval(() => void this.flush(), EXPORT_INTERVAL_MILLIS);
  }

  /** Beyond the maximum the oldest go first. */
  add(span: SpanJson): void {
    this.#queue.push(span);
    if (this.#queue.length > QUEUE_MAX) this.#queue.shift();
  }

  /** Sends what is there, after what is being sent. */
  flush(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send());
    return this.#sending;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #send(): Promise<void> {
    const spans = this.#queue;
    if (spans.length === 0) return;
    this.#queue = [];
    const isTaken = await fetch(this.#tracesUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [this.#wrap(spans)] }),
      signal: AbortSignal.timeout(EXPORT_TIMEOUT_MILLIS),
    }).then(
      (response) => response.ok,
      () => false,
    );
    if (!isTaken) this.#queue.unshift(...spans);
  }
}
