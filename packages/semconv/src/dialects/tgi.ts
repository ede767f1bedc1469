import type { CallPhases } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { durationSum } from '../duration-nanos.ts';
import { text } from '../gen-ai-call.ts';
import { knownPhases } from '../latency-attributes.ts';
import { modelServerCall } from '../model-server-call.ts';
import { rustDurationNanos } from '../rust-duration.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'tgi';

/**
 * Hugging Face's Text Generation Inference: spans of its HTTP handlers with durations as texts, and neither token
 * counts nor a model, which go to response headers and metrics only. Such a call is known to have happened and not
 * what it used. The scope is that of the exporter, which other programs in Rust share.
 *
 * @see text-generation-inference v3.3.7, `generate`, `generate_stream` and `chat_completions` in
 * `router/src/server.rs`; tracer of opentelemetry-otlp 0.13.0
 */
export const tgi: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'opentelemetry-otlp',
  read(span) {
    if (text(span, 'time_per_token') === undefined || text(span, 'inference_time') === undefined) {
      return undefined;
    }
    const call = modelServerCall(span, {
      dialect: NAME,
      provider: NAME,
      operation: span.name === 'chat_completions' ? 'chat' : 'text_completion',
      responseId: undefined,
      phases: phasesOf(span),
    });
    return { kind: 'model_call', call };
  },
};

/** A request is checked and tokenized before it is queued, which computes nothing on the GPU. */
function phasesOf(span: SpanView): CallPhases | undefined {
  const duration = (key: string): number | undefined => rustDurationNanos(text(span, key) ?? '');
  return knownPhases({
    queueNanos: durationSum(duration('validation_time'), duration('queue_time')),
    computeNanos: duration('inference_time'),
  });
}
