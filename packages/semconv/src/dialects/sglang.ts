import type { CallPhases } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { durationSum, durationWithout } from '../duration-nanos.ts';
import { count, text } from '../gen-ai-call.ts';
import { knownPhases, latencyNanos } from '../latency-attributes.ts';
import { modelServerCall } from '../model-server-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'sglang';

/**
 * SGLang: an internal span for each request, named `<role> Req <first characters of its id>`, around spans of the
 * threads and steps that worked on it. Where prefill and decoding run on servers of their own, both report the
 * prompt; the decoding one reports the whole request and the other is a part of it.
 *
 * @see sglang 0.5.23, `sglang/srt/observability/trace.py` and `TokenizerManager.convert_to_span_attrs`
 */
export const sglang: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'sglang server',
  read(span) {
    if (count(span, 'gen_ai.usage.prompt_tokens') === undefined) return undefined;
    if (span.name.startsWith('prefill ')) return { kind: 'aggregate', dialect: NAME };
    const isEmbedding = count(span, 'gen_ai.usage.completion_tokens') === undefined;
    const call = modelServerCall(span, {
      dialect: NAME,
      provider: NAME,
      operation: isEmbedding ? 'embeddings' : 'chat',
      responseId: text(span, 'gen_ai.request.id'),
      phases: phasesOf(span),
    });
    return { kind: 'model_call', call };
  },
};

/**
 * The times that the API server sees: `time_in_model_prefill` and `time_in_model_inference` begin when a request was
 * handed to the scheduler, and contain its queue. What came before is certain to have been waiting: 250 ms to the first
 * token, of which the model took 200 ms, are 50 ms. Prefill can be told from its queue only where that is stated; else both
 * are in spans of their own, `prefill_waiting` and `prefill_forward`.
 *
 * @see `APIServerReqTimeStats.convert_to_gen_ai_span_attrs` in `sglang/srt/observability/req_time_stats.py`
 */
function phasesOf(span: SpanView): CallPhases | undefined {
  const prefillWithQueue = latencyNanos(span, 'time_in_model_prefill');
  const dispatched =
    durationWithout(latencyNanos(span, 'time_to_first_token'), prefillWithQueue) ??
    durationWithout(latencyNanos(span, 'e2e'), latencyNanos(span, 'time_in_model_inference'));
  const scheduled = latencyNanos(span, 'time_in_queue');
  const prefillNanos = durationWithout(prefillWithQueue, scheduled);
  return knownPhases({
    queueNanos: prefillNanos === undefined ? dispatched : durationSum(dispatched ?? 0, scheduled),
    prefillNanos,
    decodeNanos: latencyNanos(span, 'time_in_model_decode'),
  });
}
