import type { Dialect } from './dialect.ts';
import { aiSdk } from './dialects/ai-sdk.ts';
import { aiSdkLegacy } from './dialects/ai-sdk-legacy.ts';
import { anthropicSdk } from './dialects/anthropic-sdk.ts';
import { langfuse } from './dialects/langfuse.ts';
import { openInference } from './dialects/openinference.ts';
import { openLit } from './dialects/openlit.ts';
import { openLlmetry } from './dialects/openllmetry.ts';
import { openTelemetry } from './dialects/opentelemetry.ts';
import type { SpanReading } from './span-reading.ts';
import type { SpanView } from './span-view.ts';

/** In the order of recognition: a scope of one's own first, the general conventions last. */
export const DIALECTS: readonly Dialect[] = [
  aiSdk,
  aiSdkLegacy,
  anthropicSdk,
  openLlmetry,
  openLit,
  langfuse,
  openInference,
  openTelemetry,
];

/**
 * Reads a span of any dialect as one model call, an aggregate or a tool.
 *
 * @returns `undefined` for a span that has nothing to do with a model.
 */
export function readSpan(span: SpanView): SpanReading | undefined {
  for (const dialect of DIALECTS) {
    if (!dialect.recognises(span)) continue;
    const reading = dialect.read(span);
    if (reading !== undefined) return reading;
  }
  return undefined;
}
