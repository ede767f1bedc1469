import { type ReportedCost, reportedAmountPico } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, genAiCall, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'vercel-ai-gateway';

const MEANING: GenAiMeaning = { dialect: NAME, inputIncludesCache: true, outputIncludesReasoning: true };

/**
 * Traces that the Vercel AI Gateway drains: a server span with usage and cost, around client spans for the attempts
 * at providers. The provider is named as the AI SDK names the gateway, which is who bills; a `retrieval` is a
 * reranking here, which is billed.
 *
 * @see https://vercel.com/docs/ai-gateway/observability-and-spend/trace-drains
 */
export const vercelAiGateway: Dialect = {
  name: NAME,
  markers: ['gen_ai.request.model'],
  read(span) {
    if (span.resourceAttribute('service.namespace') !== 'vercel') return undefined;
    if (span.resourceAttribute('service.name') !== 'ai-gateway') return undefined;
    if (span.kindName !== 'server') return { kind: 'aggregate', dialect: NAME };
    const reading =
      span.attribute('gen_ai.operation.name') === 'retrieval'
        ? ({ kind: 'model_call', call: genAiCall(span, 'rerank', MEANING) } as const)
        : readGenAiSpan(span, MEANING);
    return refineCall(reading, (call) => ({
      provider: 'gateway',
      responseId: call.responseId ?? text(span, 'vercel.ai_gateway.generation.id'),
      serviceTier: call.serviceTier ?? text(span, 'vercel.ai_gateway.service_tier'),
      reportedCost: drainedCost(span),
    }));
  },
};

/** With a key of the user's own the provider bills and the gateway's cost is not what was paid. */
function drainedCost(span: SpanView): ReportedCost | undefined {
  if (span.attribute('costspan.cost.status') !== undefined) return reportedCost(span, undefined);
  if (span.attribute('vercel.ai_gateway.credential.type') === 'byok') return undefined;
  const amountPico = reportedAmountPico(span.attribute('vercel.ai_gateway.cost.total'));
  if (amountPico === undefined) return undefined;
  return { amountPico, currency: text(span, 'vercel.ai_gateway.cost.currency')?.toUpperCase() ?? 'USD' };
}
