import { type ReportedCost, reportedAmountPico } from '@costspan/cost-model';
import type { SpanView } from './span-view.ts';

/** A longer text is not parsed: costs stand in a few hundred characters of metadata. */
const METADATA_CHARACTERS_MAX = 64 * 1024;
const DEFAULT_CURRENCY = 'USD';

/** Where the AI SDK's provider metadata have the cost of a call. */
const METADATA_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['openrouter', ['openrouter', 'usage', 'cost']],
  ['gateway', ['gateway', 'cost']],
]);

/**
 * The cost that the provider itself stated in its response, as far as a span passes it on. Amounts that an
 * instrumentation worked out from a table of its own (`gen_ai.usage.cost` of OpenLIT, `llm.cost.*`) are none.
 *
 * - `gen_ai.usage.cost.amount` where `gen_ai.usage.cost.source` is `provider`, as the draft of the conventions
 *   has it: https://github.com/open-telemetry/semantic-conventions-genai/pull/443
 * - OpenRouter's `usage.cost`: on the spans that it pushes itself as `gen_ai.usage.cost`, and in the AI SDK's
 *   provider metadata; there the Vercel AI Gateway's `gateway.cost` too.
 */
export function reportedCost(span: SpanView, provider: string | undefined): ReportedCost | undefined {
  if (span.attribute('gen_ai.usage.cost.source') === 'provider') {
    const currency = span.attribute('gen_ai.usage.cost.currency');
    return costOf(
      span.attribute('gen_ai.usage.cost.amount'),
      typeof currency === 'string' ? currency.toUpperCase() : DEFAULT_CURRENCY,
    );
  }
  const path = provider === undefined ? undefined : METADATA_PATHS.get(provider);
  if (path === undefined) return undefined;
  const pushed =
    provider === 'openrouter' ? costOf(span.attribute('gen_ai.usage.cost'), DEFAULT_CURRENCY) : undefined;
  return pushed ?? costOf(metadataAt(span, path), DEFAULT_CURRENCY);
}

function costOf(amount: unknown, currency: string): ReportedCost | undefined {
  const amountPico = reportedAmountPico(amount);
  return amountPico === undefined ? undefined : { amountPico, currency };
}

function metadataAt(span: SpanView, path: readonly string[]): unknown {
  const text = span.attribute('ai.response.providerMetadata');
  if (typeof text !== 'string' || text.length > METADATA_CHARACTERS_MAX) return undefined;
  try {
    return path.reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      JSON.parse(text),
    );
  } catch {
    return undefined;
  }
}
