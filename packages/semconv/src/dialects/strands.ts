import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'strands';

const meaning: GenAiMeaning = {
  dialect: NAME,
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => ({
    cacheWrite:
      count(span, 'gen_ai.usage.cache_creation.input_tokens') ??
      count(span, 'gen_ai.usage.cache_write_input_tokens'),
    total: count(span, 'gen_ai.usage.total_tokens'),
  }),
};

/**
 * A model id of Amazon Bedrock, where Strands finds its models when it is told nothing else: the vendor before a dot,
 * the region's group before that, or an ARN.
 */
const BEDROCK_MODEL =
  /^arn:aws[a-z-]*:bedrock:|^(?:[a-z]{2,6}(?:-[a-z]+)?\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|stability|twelvelabs|writer|zai)\.[a-z]/;

/**
 * Strands Agents (Python): `invoke_agent` sums up the run, `execute_event_loop_cycle` a step of it, and `chat` is a
 * request to a model. Old and new names of a count stand side by side. Who provides the model is not said, the system
 * being `strands-agents`; the ids of Bedrock's models tell.
 *
 * Input contains the cache. Versions that copied each provider's count left it out for Bedrock, which the total
 * shows, and for Anthropic, which shows when the cache is larger.
 *
 * @see `strands/telemetry/tracer.py` of strands-agents 1.62.0
 */
export const strands: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'strands.telemetry.tracer' || scopeName === 'strands-agents',
  read: (span) =>
    span.attribute('gen_ai.operation.name') === 'execute_event_loop_cycle'
      ? { kind: 'aggregate', dialect: NAME }
      : refineCall(readGenAiSpan(span, meaning), () => ({ provider: providerOf(span) })),
};

function providerOf(span: SpanView): string | undefined {
  return BEDROCK_MODEL.test(text(span, 'gen_ai.request.model') ?? '') ? 'aws.bedrock' : undefined;
}
