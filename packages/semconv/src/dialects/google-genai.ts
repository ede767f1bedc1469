import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { trustWithoutDetails, type UsageTrust } from '../gemini-usage.ts';
import { readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'google-genai';

/**
 * `opentelemetry-instrumentation-google-genai` for Google's `google-genai` in Python, on the Gemini API and Vertex AI.
 * From 1.0, input contains the cache and output of `generate_content` the thoughts, but of `interactions.create` it
 * does not; what tools put into the prompt is in neither. Before 1.0 it wrote prompt and candidates only.
 *
 * @see `generate_content.py` and `interactions.py` in 1.3b0, and `generate_content.py` in 0.7b0
 */
export const googleGenAi: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'opentelemetry.instrumentation.google_genai',
  read(span) {
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: text(span, 'gen_ai.operation.name') !== 'interactions.create',
    });
    return refineCall(reading, (call) => trustIn(span, call));
  },
};

function trustIn(span: SpanView, call: ModelCall): UsageTrust {
  if (span.scopeVersion?.startsWith('0.') === true) return trustWithoutDetails(call);
  const { usage, operation } = call;
  // A stream that was left early has the counts of its first events.
  const isCutOff = usage !== undefined && usage.output === undefined && operation !== 'embeddings';
  return isCutOff ? { usageIncomplete: 'lower_bound' } : {};
}
