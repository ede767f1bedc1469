import type { Dialect } from '../dialect.ts';
import { count } from '../gen-ai-call.ts';
import { modelServerCall } from '../model-server-call.ts';

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
    });
    return { kind: 'model_call', call };
  },
};
