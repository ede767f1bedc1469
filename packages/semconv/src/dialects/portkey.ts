import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { readGenAiSpan } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';

const NAME = 'portkey';

/**
 * Portkey Gateway's export of complete logs: a client span for each request, with the counts of the response. A
 * response in Anthropic's own format counts the cache beside its input and one in OpenAI's format within it, and the
 * span does not say which it was: the cache is taken as contained unless it is larger, and the call then cost at
 * least this. That Portkey answered from its cache is not said either.
 *
 * @see https://portkey.ai/docs/product/enterprise-offering/otel/complete-logs
 */
export const portkey: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'custom.genai.instrumentation',
  read(span) {
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    return refineCall(reading, (call) => ({
      usageIncomplete: isAmbiguous(call) ? 'lower_bound' : undefined,
      reportedCost: reportedCost(span, undefined),
    }));
  },
};

function isAmbiguous({ provider, usage, usageCorrected }: ModelCall): boolean {
  const cached = (usage?.cacheRead ?? 0) + (usage?.cacheWrite ?? 0);
  const isAnthropic = provider === 'anthropic' || provider === 'aws.bedrock';
  return isAnthropic && cached > 0 && usageCorrected !== true;
}
