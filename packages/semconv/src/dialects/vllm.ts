import type { CallOperation, CallPhases } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { text } from '../gen-ai-call.ts';
import { isLatencyBroken, knownPhases, latencyNanos } from '../latency-attributes.ts';
import { modelServerCall } from '../model-server-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'vllm';

/**
 * vLLM: one server span `llm_request` for each request, when tracing to an OTLP endpoint is on. Its scope is the module
 * that writes it, and the model is not named; earlier versions have the scope `vllm.llm_engine`, and the first engine
 * named the model. Other spans of the scopes describe how the server starts.
 *
 * @see vllm 0.33.0, `vllm/tracing/otel.py` and `OutputProcessor.do_tracing` in `vllm/v1/engine/output_processor.py`
 */
export const vllm: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName.startsWith('vllm.'),
  read(span) {
    if (span.name !== 'llm_request') return undefined;
    const requestId = text(span, 'gen_ai.request.id') ?? '';
    const call = modelServerCall(span, {
      dialect: NAME,
      provider: NAME,
      operation: operationOf(requestId),
      responseId: responseIdOf(requestId),
      phases: phasesOf(span),
    });
    return { kind: 'model_call', call };
  },
};

function operationOf(requestId: string): CallOperation {
  if (requestId.startsWith('cmpl-')) return 'text_completion';
  return requestId.startsWith('embd-') ? 'embeddings' : 'chat';
}

/**
 * A chat's request has the id of its response; the prompts of a text completion are numbered. Other ids are those of
 * requests without a response of their own: offline ones count from zero in each process.
 */
function responseIdOf(requestId: string): string | undefined {
  if (requestId.startsWith('chatcmpl-')) return requestId;
  return requestId.startsWith('cmpl-') ? requestId.replace(/-0$/, '') : undefined;
}

/** In the order in which a request goes through them. */
const PHASES = [
  ['queueNanos', 'time_in_queue'],
  ['prefillNanos', 'time_in_model_prefill'],
  ['decodeNanos', 'time_in_model_decode'],
] as const;

/**
 * From being queued to being scheduled, to the first token, to the last. A timestamp that was never set is 0, so that a
 * request that was aborted has a negative phase; those after it begin with that timestamp and mean nothing either.
 *
 * The first engine states the queue alone; its `time_in_model_forward` and `time_in_model_execute` add up whole batches.
 *
 * @see `RequestStateStats` in `vllm/v1/metrics/stats.py`
 */
function phasesOf(span: SpanView): CallPhases | undefined {
  const phases: Record<string, number | undefined> = {};
  for (const [phase, latency] of PHASES) {
    if (isLatencyBroken(span, latency)) break;
    phases[phase] = latencyNanos(span, latency);
  }
  return knownPhases(phases);
}
