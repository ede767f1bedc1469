import { canonicalProvider } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, genAiCall, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';
import { uncountedCache } from '../uncounted-cache.ts';

const NAME = 'cloudflare';

const MEANING: GenAiMeaning = { dialect: NAME, inputIncludesCache: true, outputIncludesReasoning: true };

/**
 * Cloudflare AI Gateway's OTLP export: one span for each request, in the caller's trace if it passes
 * `cf-aig-otel-trace-id`. It states neither cached tokens nor a response id, and its `gen_ai.usage.cost` is worked
 * out from a price table. The provider is documented as `gen_ai.model.provider`.
 *
 * @see https://developers.cloudflare.com/ai-gateway/observability/otel-integration/
 */
export const cloudflare: Dialect = {
  name: NAME,
  markers: ['gen_ai.request.model'],
  read(span) {
    if (!isExported(span)) return undefined;
    return refineCall(readGenAiSpan(span, MEANING) ?? callWithoutUsage(span), (call) => {
      const named = text(span, 'gen_ai.model.provider');
      const provider = named === undefined ? call.provider : canonicalProvider(named);
      return {
        provider,
        ...uncountedCache(span, { ...call, provider }),
        // OpenRouter behind the gateway does not make the gateway's figure OpenRouter's own.
        reportedCost: reportedCost(span, undefined),
      };
    });
  },
};

/** A stream that stated no usage is a call too, although it has none of what the conventions know one by. */
function callWithoutUsage(span: SpanView): SpanReading {
  return { kind: 'model_call', call: genAiCall(span, 'chat', MEANING) };
}

/** The documented name of the provider, or the service that the export names together with a cost. */
function isExported(span: SpanView): boolean {
  return (
    span.attribute('gen_ai.model.provider') !== undefined ||
    (span.resourceAttribute('service.name') === 'ai-gateway' &&
      span.attribute('gen_ai.usage.cost') !== undefined)
  );
}
