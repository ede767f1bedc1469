import type { Dialect } from '../dialect.ts';
import { readGenAiSpan } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { uncountedCache } from '../uncounted-cache.ts';

const NAME = 'semantic-kernel';

/**
 * Semantic Kernel's diagnostics, in Python (scopes `semantic_kernel.…`) and .NET (`Microsoft.SemanticKernel…`): a span
 * for each request to a model, streamed ones too, within those of functions and agents, which carry no usage. A
 * request's span has the provider's input and output and none of their details, for Bedrock without the cache, for
 * Gemini without its thoughts. Anthropic's usage is not passed on at all, nor are embeddings.
 *
 * @see `semantic_kernel/utils/telemetry/model_diagnostics/decorators.py` of semantic-kernel 1.45.0
 */
export const semanticKernel: Dialect = {
  name: NAME,
  ownsScope: (scopeName) =>
    scopeName.startsWith('semantic_kernel.') || scopeName.startsWith('Microsoft.SemanticKernel'),
  read: (span) =>
    refineCall(
      readGenAiSpan(span, { dialect: NAME, inputIncludesCache: true, outputIncludesReasoning: true }),
      (call) => uncountedCache(span, call),
    ),
};
