import { type CallOperation, canonicalProvider } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, errorType, text } from '../gen-ai-call.ts';

const NAME = 'openinference';

const CALL_OPERATIONS: ReadonlyMap<string, CallOperation> = new Map<string, CallOperation>([
  ['LLM', 'chat'],
  ['EMBEDDING', 'embeddings'],
  ['RERANKER', 'rerank'],
]);

/**
 * OpenInference (Arize). Details are sub-counts of prompt and completion, so both are inclusive; Bedrock's
 * prompt leaves the cache out, which shows when the cached part does not fit into it.
 *
 * @see https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
 */
export const openInference: Dialect = {
  name: NAME,
  markers: ['openinference.span.kind'],
  read(span) {
    const kind = text(span, 'openinference.span.kind') ?? '';
    const operation = CALL_OPERATIONS.get(kind);
    if (operation === undefined) return { kind: kind === 'TOOL' ? 'tool' : 'aggregate', dialect: NAME };
    const provider =
      text(span, 'llm.provider') ?? text(span, 'llm.system') ?? text(span, 'gen_ai.provider.name');
    const model = text(span, 'llm.model_name') ?? text(span, 'embedding.model_name');
    return {
      kind: 'model_call',
      call: {
        dialect: NAME,
        provider: provider === undefined ? undefined : canonicalProvider(provider),
        requestModel: text(span, 'llm.request.model_name') ?? model,
        responseModel: text(span, 'llm.response.model_name') ?? model,
        operation,
        ...disjointUsage({
          input: count(span, 'llm.token_count.prompt'),
          output: count(span, 'llm.token_count.completion'),
          cacheRead: count(span, 'llm.token_count.prompt_details.cache_read'),
          cacheWrite: count(span, 'llm.token_count.prompt_details.cache_write'),
          inputAudio: count(span, 'llm.token_count.prompt_details.audio'),
          reasoning: count(span, 'llm.token_count.completion_details.reasoning'),
          outputAudio: count(span, 'llm.token_count.completion_details.audio'),
          inputIncludesCache: true,
          outputIncludesReasoning: true,
        }),
        usageSource: 'span',
        responseId: text(span, 'gen_ai.response.id'),
        serviceTier: undefined,
        serverAddress: text(span, 'server.address'),
        errorType: errorType(span),
      },
    };
  },
};
