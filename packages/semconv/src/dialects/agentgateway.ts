import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { count, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'agentgateway';

/** Up to 1.4 the input is the provider's own count; later it contains the cache of every provider. */
const RAW_INPUT_VERSION = /^v?1\.[0-4](?:\.|$)|^v?0\./;

const RAW_INPUT_EXCLUDES_CACHE: ReadonlySet<string> = new Set(['anthropic', 'aws.bedrock']);

/**
 * agentgateway: the server span of a proxied request carries the model and its usage. Spans of MCP and A2A traffic
 * call no model.
 *
 * @see https://github.com/agentgateway/agentgateway, `crates/agentgateway/src/telemetry/log.rs`, and pull request
 * 2880 for the meaning of the input
 */
export const agentgateway: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === NAME,
  read(span) {
    if (span.attribute('mcp.method.name') !== undefined) return { kind: 'tool', dialect: NAME };
    if (text(span, 'gen_ai.request.model') === undefined) return undefined;
    const named = readWith(span, true);
    const provider = named?.kind === 'model_call' ? named.call.provider : undefined;
    if (provider === undefined || !RAW_INPUT_EXCLUDES_CACHE.has(provider) || !hasRawInput(span)) return named;
    return readWith(span, false);
  },
};

function readWith(span: SpanView, inputIncludesCache: boolean): ReturnType<typeof readGenAiSpan> {
  const reading = readGenAiSpan(span, {
    dialect: NAME,
    inputIncludesCache,
    outputIncludesReasoning: true,
    ownCounts,
  });
  return refineCall(reading, () => ({ reportedCost: reportedCost(span, undefined) }));
}

function hasRawInput(span: SpanView): boolean {
  const version = span.resourceAttribute('service.version');
  return typeof version === 'string' && RAW_INPUT_VERSION.test(version);
}

const ownCounts = (span: SpanView): Partial<ReportedCounts> => ({
  inputAudio: count(span, 'gen_ai.usage.input_audio_tokens'),
  outputAudio: count(span, 'gen_ai.usage.output_audio_tokens'),
  outputImage: count(span, 'gen_ai.usage.output_image_tokens'),
});
