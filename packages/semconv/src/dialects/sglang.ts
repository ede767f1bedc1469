import type { Dialect } from '../dialect.ts';
import { count, text } from '../gen-ai-call.ts';
import { modelServerCall } from '../model-server-call.ts';

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
    });
    return { kind: 'model_call', call };
  },
};
