import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, genAiCall, readGenAiSpan, text } from '../gen-ai-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';

const meaning: GenAiMeaning = {
  dialect: 'mistral',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/**
 * Prompts are cached in blocks of this size, and cached tokens cost a tenth.
 *
 * @see https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
 */
const CACHE_BLOCK_TOKENS = 64;

/**
 * `@mistralai/mistralai` from 2, which writes spans by itself when it is told to (`MISTRAL_SDK_TELEMETRY=global`, or a
 * tracer provider given to it).
 *
 * - Counts are `prompt_tokens` and `completion_tokens`; how many were cached is not passed on.
 * - A count that an answer lacks is written as zero, which no prompt has.
 * - OCR is a `generate_content` that is billed by the page.
 * - Agents and conversations run at Mistral. Their span alone has usage; below it stands a `chat` span for each message
 *   of the answer, which is no request and so has no HTTP method.
 *
 * @see `esm/extra/observability/otel.js` and `streaming.js` in 2.7.0
 */
export const mistral: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === 'mistralai_sdk_tracer',
  read(span) {
    const operationName = span.attribute('gen_ai.operation.name');
    if (operationName === 'invoke_agent') return readAgent(span);
    if (operationName === 'chat' && text(span, 'http.request.method') === undefined) {
      return { kind: 'aggregate', dialect: meaning.dialect };
    }
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const pages = count(span, 'mistral_ai.ocr.usage.pages_processed');
    const call =
      pages === undefined
        ? withoutLostCounts(reading.call)
        : { ...reading.call, usage: { ...reading.call.usage, pages } };
    return { kind: 'model_call', call };
  },
};

function readAgent(span: SpanView): SpanReading {
  const hosted = withoutLostCounts(genAiCall(span, 'invoke_agent', meaning));
  const { dialect } = meaning;
  return hosted.usage === undefined ? { kind: 'aggregate', dialect } : { kind: 'aggregate', dialect, hosted };
}

/** An input of zero is one that was not stated; of any other, a part may have come from the cache. */
function withoutLostCounts(call: ModelCall): ModelCall {
  if (call.usage === undefined || call.operation === 'embeddings') return call;
  const { input = 0, ...rest } = call.usage;
  if (input === 0) return { ...call, usage: (rest.output ?? 0) === 0 ? undefined : rest };
  return input < CACHE_BLOCK_TOKENS ? call : { ...call, usageIncomplete: 'upper_bound' };
}
