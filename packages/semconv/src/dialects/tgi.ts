import type { Dialect } from '../dialect.ts';
import { text } from '../gen-ai-call.ts';
import { modelServerCall } from '../model-server-call.ts';

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
    });
    return { kind: 'model_call', call };
  },
};
