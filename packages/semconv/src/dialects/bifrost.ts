import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { count, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'bifrost';

/**
 * Bifrost: a client span for each attempt at a provider, beneath the server span of the request, which repeats the
 * model of the answer and nothing to bill. An answer from the semantic cache reaches no provider, so that the server
 * span stays alone.
 *
 * Bifrost turns every provider's usage into OpenAI's, in which input contains the cache and output the reasoning.
 * `gen_ai.usage.cost` is worked out from its price catalog.
 *
 * @see https://docs.getbifrost.ai/features/observability/otel
 * @see https://github.com/maximhq/bifrost, `plugins/otel/converter.go`, `framework/tracing/llmspan.go`
 */
export const bifrost: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === NAME,
  markers: ['gen_ai.request.model'],
  read(span) {
    if (span.scopeName !== NAME && span.resourceAttribute('telemetry.sdk.name') !== NAME) return undefined;
    if (span.attribute('mcp.method.name') !== undefined) return { kind: 'tool', dialect: NAME };
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
      ownCounts,
    });
    return refineCall(reading, (call) => ({
      serviceTier: call.serviceTier ?? text(span, 'gen_ai.response.service_tier'),
      // Its own figure is not OpenRouter's when OpenRouter is the provider.
      reportedCost: reportedCost(span, undefined),
    }));
  },
};

const ownCounts = (span: SpanView): Partial<ReportedCounts> => ({
  cacheRead: inputDetail(span, 'cached_read_tokens'),
  cacheWrite: inputDetail(span, 'cached_write_tokens'),
  cacheWrite5m: inputDetail(span, 'cached_write_tokens_5m'),
  cacheWrite1h: inputDetail(span, 'cached_write_tokens_1h'),
  inputAudio: inputDetail(span, 'audio_tokens'),
  inputImage: inputDetail(span, 'image_tokens'),
  reasoning: outputDetail(span, 'reasoning_tokens'),
  outputAudio: outputDetail(span, 'audio_tokens'),
  outputImage: outputDetail(span, 'image_tokens'),
});

/** Chat and text completions have the one name, the Responses API and transcriptions the other. */
function inputDetail(span: SpanView, part: string): number | undefined {
  return (
    count(span, `gen_ai.usage.prompt_token_details.${part}`) ??
    count(span, `gen_ai.usage.input_token_details.${part}`)
  );
}

function outputDetail(span: SpanView, part: string): number | undefined {
  return (
    count(span, `gen_ai.usage.completion_token_details.${part}`) ??
    count(span, `gen_ai.usage.output_token_details.${part}`)
  );
}
