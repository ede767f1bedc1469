import type { ModelCall, UsageBound } from '@costspan/cost-model';
import { anthropicUsage } from './anthropic-usage.ts';
import type { ReportedCounts } from './disjoint-usage.ts';
import { geminiCounts, geminiServiceTier } from './gemini-usage.ts';
import { fieldsOf, type JsonFields, parseFields } from './json-fields.ts';
import type { SpanView } from './span-view.ts';
import { tokenCount } from './token-count.ts';

/** A longer text is not parsed: usage and cost stand in a few hundred characters of metadata. */
const METADATA_CHARACTERS_MAX = 64 * 1024;
/** There are two lifetimes. */
const LIFETIMES_MAX = 32;

/** What a provider's own response adds to what the AI SDK says of a call. */
export interface ProviderMetadata {
  /** Counts in the provider's words; each that is known takes the place of the span's. */
  readonly counts: Partial<ReportedCounts>;
  readonly webSearches?: number | undefined;
  readonly serviceTier?: string | undefined;
  readonly region?: string | undefined;
  readonly usageIncomplete?: UsageBound | undefined;
}

/**
 * The provider packages whose metadata say more than the span does. Google's stand under `vertex` on Vertex AI and
 * OpenAI's under `azure` on Azure; Anthropic's stand under `anthropic` wherever Claude is hosted, so they come last.
 */
const READERS: readonly (readonly [key: string, read: (metadata: JsonFields) => ProviderMetadata])[] = [
  ['openai', readOpenAi],
  ['azure', readOpenAi],
  ['deepseek', readOpenAi],
  ['google', readGoogle],
  ['vertex', readGoogle],
  ['bedrock', readBedrock],
  ['anthropic', readAnthropic],
];

/** Cost and usage are read from one text, one after the other, so the last one is remembered. */
const last: { text: string; metadata: JsonFields | undefined } = { text: '', metadata: undefined };

/** The AI SDK's `ai.response.providerMetadata`: an object for each provider package, as the package wrote it. */
export function metadataFields(span: SpanView): JsonFields | undefined {
  const text = span.attribute('ai.response.providerMetadata');
  if (typeof text !== 'string' || text.length > METADATA_CHARACTERS_MAX) return undefined;
  if (text !== last.text) {
    last.metadata = parseFields(text, METADATA_CHARACTERS_MAX);
    last.text = text;
  }
  return last.metadata;
}

/** What the metadata of an AI SDK span say of its usage, or `undefined` when there are none. */
export function providerMetadata(span: SpanView): ProviderMetadata | undefined {
  const metadata = metadataFields(span);
  if (metadata === undefined) return undefined;
  let found: ProviderMetadata | undefined;
  for (const [key, read] of READERS) {
    const fields = fieldsOf(metadata[key]);
    if (fields === undefined) continue;
    const next = read(fields);
    found = found === undefined ? next : { ...found, ...next, counts: { ...found.counts, ...next.counts } };
  }
  return found;
}

/** The call as the metadata complete it. Its usage must have been read with their counts already. */
export function withMetadata(call: ModelCall, metadata: ProviderMetadata | undefined): ModelCall {
  if (metadata === undefined) return call;
  const { webSearches = 0 } = metadata;
  return {
    ...call,
    usage: webSearches === 0 ? call.usage : { ...call.usage, webSearches },
    usageIncomplete: metadata.usageIncomplete ?? call.usageIncomplete,
    serviceTier: metadata.serviceTier ?? call.serviceTier,
    region: metadata.region ?? call.region,
  };
}

/**
 * `@ai-sdk/openai` 1 has cached and reasoning tokens here and not in the usage; 2 and later have cache writes here.
 * All are parts of the prompt and the completion. `@ai-sdk/deepseek` 0.2 and 1 name the cached ones differently.
 */
function readOpenAi(metadata: JsonFields): ProviderMetadata {
  return {
    counts: known({
      cacheRead: tokenCount(metadata['cachedPromptTokens']) ?? tokenCount(metadata['promptCacheHitTokens']),
      cacheWrite: tokenCount(fieldsOf(metadata['usage'])?.['cacheWriteTokens']),
      reasoning: tokenCount(metadata['reasoningTokens']),
    }),
    serviceTier: textOf(metadata['serviceTier']),
  };
}

/** `@ai-sdk/google` from 2 passes Gemini's `usageMetadata` on, of which its own usage leaves out a part. */
function readGoogle(metadata: JsonFields): ProviderMetadata {
  const usage = metadata['usageMetadata'];
  return {
    counts: known(geminiCounts(usage) ?? {}),
    serviceTier: textOf(metadata['serviceTier']) ?? geminiServiceTier(usage),
  };
}

/**
 * `@ai-sdk/amazon-bedrock`: cache reads (version 2) and writes, which the usage of versions before 4 leaves out,
 * and from 4 on the writes by their lifetime and the tier.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function readBedrock(metadata: JsonFields): ProviderMetadata {
  const usage = fieldsOf(metadata['usage']);
  const tier = metadata['serviceTier'];
  return {
    counts: known({
      cacheRead: tokenCount(usage?.['cacheReadInputTokens']),
      cacheWrite: tokenCount(usage?.['cacheWriteInputTokens']),
      cacheWrite5m: writtenFor('5m', usage?.['cacheDetails']),
      cacheWrite1h: writtenFor('1h', usage?.['cacheDetails']),
    }),
    serviceTier: textOf(tier) ?? textOf(fieldsOf(tier)?.['type']),
  };
}

/**
 * `@ai-sdk/anthropic` from 2 passes the API's own `usage` on, which says everything; 1 has only the cache here, beside
 * an input that leaves it out.
 */
export function readAnthropic(metadata: JsonFields): ProviderMetadata {
  const usage = fieldsOf(metadata['usage']);
  if (usage === undefined) {
    const cacheRead = tokenCount(metadata['cacheReadInputTokens']);
    const cacheWrite = tokenCount(metadata['cacheCreationInputTokens']);
    return { counts: known({ cacheRead, cacheWrite, inputIncludesCache: false }) };
  }
  const { counts, ...rest } = anthropicUsage(usage);
  // A stream's metadata can lack a count; what they say of the cache is then not to be mixed with the span's input.
  const complete = counts.input !== undefined && counts.output !== undefined;
  const { cacheWrite5m, cacheWrite1h, reasoning } = counts;
  return { ...rest, counts: known(complete ? counts : { cacheWrite5m, cacheWrite1h, reasoning }) };
}

/** Of a list such as `[{ ttl: '5m', inputTokens: 500 }, { ttl: '1h', inputTokens: 12 }]`. */
function writtenFor(lifetime: string, details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  let sum: number | undefined;
  for (const detail of details.slice(0, LIFETIMES_MAX)) {
    const fields = fieldsOf(detail);
    const tokens = fields?.['ttl'] === lifetime ? tokenCount(fields['inputTokens']) : undefined;
    if (tokens !== undefined) sum = (sum ?? 0) + tokens;
  }
  return sum;
}

function known(counts: Partial<ReportedCounts>): Partial<ReportedCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
