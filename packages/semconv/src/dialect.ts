import type { SpanReading } from './span-reading.ts';
import type { SpanView } from './span-view.ts';

/**
 * How one instrumentation writes GenAI spans. One file each under `dialects/`.
 *
 * A dialect is recognised by the instrumentation scope, which is what tells one meaning of the same attribute from
 * another, or else by attributes that only it writes.
 */
export interface Dialect {
  readonly name: string;
  /** Whether an instrumentation scope writes this dialect. Asked once for a scope name; the answer is remembered. */
  readonly ownsScope?: (scopeName: string) => boolean;
  /** Attributes of which every span of the dialect has one, whatever its scope. Each is looked up in every span. */
  readonly markers?: readonly string[];
  /** Reads a span; `undefined` when it is not this dialect's after all, and the next one is asked. */
  read(span: SpanView): SpanReading | undefined;
}
