import type { CallPhases } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { durationWithout } from '../duration-nanos.ts';
import { count } from '../gen-ai-call.ts';
import { knownPhases, latencyNanos } from '../latency-attributes.ts';
import { modelServerCall } from '../model-server-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'tensorrt-llm';

/**
 * NVIDIA TensorRT-LLM: vLLM's names in the scope `trt.llm`. The request's id is a number of the engine's own, not
 * that of the response.
 *
 * @see TensorRT-LLM, `tensorrt_llm/llmapi/otel_tracing.py`
 */
export const tensorRtLlm: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'trt.llm',
  read(span) {
    if (count(span, 'gen_ai.usage.prompt_tokens') === undefined) return undefined;
    const call = modelServerCall(span, {
      dialect: NAME,
      provider: NAME,
      operation: 'chat',
      responseId: undefined,
      phases: phasesOf(span),
    });
    return { kind: 'model_call', call };
  },
};

/**
 * It states three times from the arrival: until the request was scheduled, until the first token and until the last. 10,
 * 210 and 1,200 ms are 10 of waiting, 200 of prefill and 990 of decoding.
 *
 * @see `_process_req_perf_metrics` in `tensorrt_llm/executor/result.py`
 */
function phasesOf(span: SpanView): CallPhases | undefined {
  const scheduled = latencyNanos(span, 'time_in_queue');
  const firstToken = latencyNanos(span, 'time_to_first_token');
  const prefillNanos = durationWithout(firstToken, scheduled);
  return knownPhases({
    queueNanos: scheduled,
    prefillNanos,
    decodeNanos:
      prefillNanos === undefined ? undefined : durationWithout(latencyNanos(span, 'e2e'), firstToken),
  });
}
