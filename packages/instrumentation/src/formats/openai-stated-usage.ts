import {
  type CallConditions,
  type ReportedCost,
  reportedAmountPico,
  type TokenUsage,
  type UsageBound,
} from '@costspan/cost-model';
import {
  disjointUsage,
  fieldsOf,
  gatewayPaidCost,
  type JsonFields,
  openAiCounts,
  type ReportedCounts,
  routedCost,
  tokenCount,
} from '@costspan/semconv';
import { serverDurations } from './server-durations.ts';
import { shortText } from './short-text.ts';

/** Who states a usage object: the names in it are OpenAI's, what contains what is not always. */
export interface UsageAuthor {
  readonly provider: string;
  readonly model: string | undefined;
}

/** What a usage object says of a call. */
export interface StatedUsage {
  readonly usage: TokenUsage | undefined;
  readonly usageIncomplete: UsageBound | undefined;
  readonly serviceTier: string | undefined;
  readonly conditions: CallConditions | undefined;
  readonly reportedCost: ReportedCost | undefined;
  readonly serverTimings: Readonly<Record<string, number>> | undefined;
}

/** xAI's tick is a ten-billionth of a dollar. */
const TICK_PICO = 100;

/**
 * Reads the usage object of OpenAI's Chat Completions and Responses, and of the many that answer in their shape.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/object and the types of `openai` 7.57
 */
export function statedUsage(fields: JsonFields, author: UsageAuthor): StatedUsage {
  const { usage, usageIncomplete } = disjointUsage(countsOf(fields, author.provider));
  const billedBeside = besideTokens(fields, author);
  const searchSize = shortText(fields['search_context_size']);
  return {
    usage: usage === undefined ? undefined : { ...usage, ...billedBeside.usage },
    usageIncomplete: billedBeside.isIncomplete ? 'lower_bound' : usageIncomplete,
    serviceTier: shortText(fields['service_tier']),
    conditions: searchSize === undefined ? undefined : { search_context_size: searchSize.toLowerCase() },
    reportedCost: costOf(fields, author.provider),
    serverTimings: serverDurations(fields, tokenCount(fields['completion_tokens'])),
  };
}

/**
 * The counts, with what some providers name or contain differently:
 *
 * - Cached tokens: DeepSeek has `prompt_cache_hit_tokens`, Moonshot and Together `cached_tokens`, Mistral
 *   `num_cached_tokens`; DashScope, LiteLLM and Vercel have Anthropic's names. All are parts of the prompt.
 * - Reasoning: SGLang has it beside the details, as a part of the completion. xAI's chats count it beside the completion:
 *   of prompt 32, completion 9 and reasoning 94 the total is 135. Perplexity counts it beside both.
 * - Google's compatible API names no thinking, which only its total contains: of prompt 20 and completion 198, the
 *   total of 623 has 405 tokens of thinking.
 * - Mistral bills audio by the second: its tokens are in the total, and a part of what is said to be cached.
 *
 * @see https://api-docs.deepseek.com/api/create-chat-completion
 * @see https://docs.x.ai/docs/guides/reasoning
 * @see https://docs.perplexity.ai/api-reference/chat-completions-post
 * @see https://docs.mistral.ai/capabilities/audio/
 */
function countsOf(fields: JsonFields, provider: string): ReportedCounts {
  const base = openAiCounts(fields);
  const { input, output } = base;
  if (positive(fields['prompt_audio_seconds']) !== undefined) {
    return { input, output, inputIncludesCache: true, outputIncludesReasoning: true };
  }
  const details = fieldsOf(fields['prompt_tokens_details'] ?? fields['input_tokens_details']);
  const lifetimes = fieldsOf(details?.['cache_creation_token_details']);
  const total = tokenCount(fields['total_tokens']);
  const beside = tokenCount(fields['reasoning_tokens']);
  const reasoning = base.reasoning ?? beside ?? thinkingOf(provider, input, output, total);
  return {
    ...base,
    cacheRead: greatest([
      base.cacheRead,
      tokenCount(fields['prompt_cache_hit_tokens']),
      tokenCount(fields['cached_tokens']),
      tokenCount(fields['num_cached_tokens']),
      tokenCount(fields['cache_read_input_tokens']),
    ]),
    cacheWrite: greatest([
      base.cacheWrite,
      tokenCount(details?.['cache_creation_tokens']),
      tokenCount(details?.['cache_creation_input_tokens']),
      tokenCount(fields['cache_creation_input_tokens']),
    ]),
    cacheWrite5m: tokenCount(lifetimes?.['ephemeral_5m_input_tokens']),
    cacheWrite1h: tokenCount(lifetimes?.['ephemeral_1h_input_tokens']),
    reasoning,
    total,
    inputIncludesCache: true,
    outputIncludesReasoning: !(
      (provider === 'perplexity' && beside !== undefined) ||
      (reasoning !== undefined && reasoning > 0 && total === (input ?? 0) + (output ?? 0) + reasoning)
    ),
  };
}

function thinkingOf(provider: string, input = 0, output = 0, total = 0): number | undefined {
  const rest = total - input - output;
  return provider.startsWith('gcp.') && input > 0 && rest > 0 ? rest : undefined;
}

interface BesideTokens {
  readonly usage: TokenUsage;
  /** True when something was used that has a fee and no bucket. */
  readonly isIncomplete: boolean;
}

/**
 * What is billed beside the tokens.
 *
 * - xAI counts calls of its own tools: searches of the web and of X cost the same, those of collections are file
 *   searches. Until 2026 its live search was billed by the source.
 * - Perplexity bills citations and searches of deep research alone; other models have a fee for each request.
 * - OpenRouter counts the searches that it makes for models that cannot.
 *
 * @see https://docs.x.ai/developers/pricing
 * @see https://docs.perplexity.ai/getting-started/pricing
 * @see https://openrouter.ai/docs/guides/features/server-tools/web-search
 */
function besideTokens(fields: JsonFields, { provider, model }: UsageAuthor): BesideTokens {
  const usage: { -readonly [bucket in keyof TokenUsage]: TokenUsage[bucket] } = {};
  const put = (bucket: keyof TokenUsage, quantity: number | undefined): void => {
    if (quantity !== undefined && quantity > 0) usage[bucket] = quantity;
  };
  put('seconds', positive(fields['prompt_audio_seconds']));
  if (provider === 'perplexity' && model?.includes('deep-research') === true) {
    put('citations', tokenCount(fields['citation_tokens']));
    put('webSearches', tokenCount(fields['num_search_queries']));
  }
  const served = fieldsOf(fields['server_tool_use_details'] ?? fields['server_tool_use']);
  put('webSearches', tokenCount(served?.['web_search_requests']));
  const tools = fieldsOf(fields['server_side_tool_usage_details']);
  if (tools === undefined) {
    if (provider === 'x_ai') put('webSearches', tokenCount(fields['num_sources_used']));
    return { usage, isIncomplete: false };
  }
  const calls = (tool: string): number => tokenCount(tools[`${tool}_calls`]) ?? 0;
  put('webSearches', calls('web_search') + calls('x_search'));
  put('fileSearches', calls('file_search'));
  const others = calls('code_interpreter') + calls('document_search') + calls('image_generation');
  return { usage, isIncomplete: others > 0 };
}

/**
 * The amount that is charged, where the one who charges states it. What a proxy works out from a price list of its own
 * is none: LiteLLM's `cost`, Bifrost's `cost.total_cost`.
 *
 * @see https://docs.x.ai/developers/cost-tracking
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 */
function costOf(fields: JsonFields, provider: string): ReportedCost | undefined {
  const ticks = tokenCount(fields['cost_in_usd_ticks']);
  if (ticks !== undefined) {
    return Number.isSafeInteger(ticks * TICK_PICO)
      ? { amountPico: ticks * TICK_PICO, currency: 'USD' }
      : undefined;
  }
  const { cost } = fields;
  switch (provider) {
    case 'openrouter':
      return routedCost(cost, fieldsOf(fields['cost_details'])?.['upstream_inference_cost']);
    case 'gateway':
      return gatewayPaidCost(cost, fields['market_cost']);
    case 'perplexity':
      return itemisedCost(fieldsOf(cost));
    default:
      return undefined;
  }
}

function itemisedCost(items: JsonFields | undefined): ReportedCost | undefined {
  const amountPico = reportedAmountPico(items?.['total_cost']);
  if (amountPico === undefined) return undefined;
  return { amountPico, currency: shortText(items?.['currency'])?.toUpperCase() ?? 'USD' };
}

/** Of several names for one count: a zero under one of them is not the count under another. */
function greatest(counts: readonly (number | undefined)[]): number | undefined {
  let found: number | undefined;
  for (const count of counts) if (count !== undefined) found = Math.max(found ?? 0, count);
  return found;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
