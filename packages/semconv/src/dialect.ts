import type { SpanReading } from './span-reading.ts';
import type { SpanView } from './span-view.ts';

/** How one instrumentation writes GenAI spans. One file each under `dialects/`. */
export interface Dialect {
  readonly name: string;
  /** True for a span that this instrumentation wrote. Asked for every span, so it must be cheap. */
  recognises(span: SpanView): boolean;
  /** Reads a recognised span; `undefined` when it is not this dialect's after all, and the next one is asked. */
  read(span: SpanView): SpanReading | undefined;
}
