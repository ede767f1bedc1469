import type { Context, ContextAPI } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';

const BEHAVIOUR_KEY = Symbol('behaviour');

/** A span that the tap made or completed, as far as tests look at it. */
export interface SeenSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Keeps the spans with usage from the wire by the behaviour that made the call, however late they end. */
export class SpansByBehaviour implements SpanProcessor {
  readonly #spans: Record<string, SeenSpan[]> = {};
  readonly #behaviours = new WeakMap<object, string>();

  /** Runs a behaviour so that its spans are known by its context. */
  static run<Result>(context: ContextAPI, behaviour: string, run: () => Result): Result {
    return context.with(context.active().setValue(BEHAVIOUR_KEY, behaviour), run);
  }

  get spans(): Readonly<Record<string, readonly SeenSpan[]>> {
    return this.#spans;
  }

  onStart(span: Span, parent: Context): void {
    const behaviour = parent.getValue(BEHAVIOUR_KEY);
    if (typeof behaviour === 'string') this.#behaviours.set(span, behaviour);
  }

  onEnd(span: ReadableSpan): void {
    const { name, attributes } = span;
    if (attributes['costspan.usage.source'] !== 'wire') return;
    const behaviour = this.#behaviours.get(span) ?? 'without a behaviour';
    (this.#spans[behaviour] ??= []).push({ name, attributes });
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
