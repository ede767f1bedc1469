import type { CallOperation, CallPhases, ModelCall } from '@costspan/cost-model';
import { disjointUsage } from './disjoint-usage.ts';
import { count, errorType, text } from './gen-ai-call.ts';
import type { SpanView } from './span-view.ts';

/** What the span of a model server does not say itself. */
export interface ModelServer {
  readonly dialect: string;
  /**
   * Stands for the operator's own hardware, which no provider's list price applies to. The model's name alone would
   * find the price of whoever sells the same model.
   */
  readonly provider: string;
  readonly operation: CallOperation;
  /** The response id that the server's clients see. */
  readonly responseId: string | undefined;
  /** Where the call's time went, by what this server means with its attributes. */
  readonly phases: CallPhases | undefined;
}

/**
 * The call that a model server describes by the first `gen_ai.*` names, which the servers copied from one another.
 * The prompt contains what was read from the prefix cache, the completion contains the reasoning.
 */
export function modelServerCall(span: SpanView, server: ModelServer): ModelCall {
  return {
    ...server,
    requestModel: text(span, 'gen_ai.request.model'),
    responseModel: text(span, 'gen_ai.response.model'),
    ...disjointUsage({
      input: count(span, 'gen_ai.usage.input_tokens') ?? count(span, 'gen_ai.usage.prompt_tokens'),
      output: count(span, 'gen_ai.usage.output_tokens') ?? count(span, 'gen_ai.usage.completion_tokens'),
      cacheRead:
        count(span, 'gen_ai.usage.cache_read.input_tokens') ?? count(span, 'gen_ai.usage.cached_tokens'),
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    }),
    usageSource: 'server',
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: errorType(span),
  };
}
