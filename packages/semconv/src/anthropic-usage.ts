import type { UsageBound } from '@costspan/cost-model';
import type { ReportedCounts } from './disjoint-usage.ts';
import { fieldsOf, type JsonFields } from './json-fields.ts';
import { tokenCount } from './token-count.ts';

/** More than any answer has: an iteration is a compaction, a turn of the model, or advice from another one. */
const ITERATIONS_MAX = 1000;

/** The `usage` object of Anthropic's Messages API, read. */
export interface AnthropicUsage {
  readonly counts: Partial<ReportedCounts>;
  readonly webSearches: number | undefined;
  readonly serviceTier: string | undefined;
  readonly region: string | undefined;
  readonly usageIncomplete: UsageBound | undefined;
}

/**
 * Reads the `usage` object of Anthropic's Messages API. Its `input_tokens` leave the cache out.
 *
 * `iterations` list what the answer took when the context was compacted or another model asked. The counts beside
 * them leave compaction out, which is billed all the same, so those of compactions and messages are added up:
 * a compaction of 180000 in and 3500 out before a message of 23000 in and 1000 out is 203000 in and 4500 out. An
 * advisor bills at the rates of another model, so that without it the counts are a lower bound. When a fallback
 * model answered, the counts beside the list are the answer's.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction
 */
export function anthropicUsage(usage: JsonFields): AnthropicUsage {
  const iterations = Array.isArray(usage['iterations']) ? usage['iterations'].slice(0, ITERATIONS_MAX) : [];
  const kinds = new Set(iterations.map((iteration) => fieldsOf(iteration)?.['type']));
  const billed = kinds.has('fallback_message') ? [] : iterations.map(fieldsOf).filter(isOfTheModel);
  const lifetimes = fieldsOf(usage['cache_creation']);
  const tier = usage['speed'] === 'fast' ? 'fast' : usage['service_tier'];
  const region = usage['inference_geo'];
  return {
    counts: {
      input: sumOf(billed, 'input_tokens') ?? tokenCount(usage['input_tokens']),
      output: sumOf(billed, 'output_tokens') ?? tokenCount(usage['output_tokens']),
      cacheRead: largest(usage, billed, 'cache_read_input_tokens'),
      cacheWrite: largest(usage, billed, 'cache_creation_input_tokens'),
      cacheWrite5m: tokenCount(lifetimes?.['ephemeral_5m_input_tokens']),
      cacheWrite1h: tokenCount(lifetimes?.['ephemeral_1h_input_tokens']),
      reasoning: tokenCount(fieldsOf(usage['output_tokens_details'])?.['thinking_tokens']),
      inputIncludesCache: false,
      outputIncludesReasoning: true,
    },
    webSearches: tokenCount(fieldsOf(usage['server_tool_use'])?.['web_search_requests']),
    serviceTier: typeof tier === 'string' ? tier : undefined,
    region: typeof region === 'string' && region !== 'not_available' ? region : undefined,
    usageIncomplete: kinds.has('advisor_message') ? 'lower_bound' : undefined,
  };
}

function isOfTheModel(iteration: JsonFields | undefined): iteration is JsonFields {
  return iteration?.['type'] === 'compaction' || iteration?.['type'] === 'message';
}

/** `undefined` when there are no iterations, or one of them does not say. */
function sumOf(iterations: readonly JsonFields[], key: string): number | undefined {
  if (iterations.length === 0) return undefined;
  let sum = 0;
  for (const iteration of iterations) {
    const tokens = tokenCount(iteration[key]);
    if (tokens === undefined) return undefined;
    sum += tokens;
  }
  return tokenCount(sum);
}

/** Iterations need not repeat the cache, and the counts beside them need not contain all of it. */
function largest(usage: JsonFields, iterations: readonly JsonFields[], key: string): number | undefined {
  const beside = tokenCount(usage[key]);
  const listed = sumOf(iterations, key);
  return beside === undefined || listed === undefined ? (beside ?? listed) : Math.max(beside, listed);
}
