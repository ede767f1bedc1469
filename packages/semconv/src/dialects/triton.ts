import type { Dialect } from '../dialect.ts';
import { count, text } from '../gen-ai-call.ts';
import { modelServerCall } from '../model-server-call.ts';

const NAME = 'triton';

/**
 * NVIDIA Triton: a server span `InferRequest`, in it one named after the model, and in that `compute`. The model's span
 * is the call, in the queue and after; the models that an ensemble or a script asks in turn are parts of it. None says what
 * was used. A request's id is its client's own, and often the same again.
 *
 * @see triton-inference-server/server, `TraceManager::Trace::StartSpan` in `src/tracer.cc`
 */
export const triton: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'triton-server',
  read(span) {
    const model = text(span, 'triton.model_name');
    if (model === undefined) return undefined;
    if ((count(span, 'triton.trace_parent_id') ?? 0) !== 0) return { kind: 'aggregate', dialect: NAME };
    const call = modelServerCall(span, {
      dialect: NAME,
      provider: NAME,
      operation: 'other',
      responseId: undefined,
      phases: undefined,
    });
    return { kind: 'model_call', call: { ...call, responseModel: model } };
  },
};
