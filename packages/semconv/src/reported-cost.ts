import { type ReportedCost, reportedAmountPico } from '@costspan/cost-model';
import { metadataFields } from './provider-metadata.ts';
import type { SpanView } from './span-view.ts';

const DEFAULT_CURRENCY = 'USD';

/**
 * The cost that the provider itself stated in its response, as far as a span passes it on. Amounts that an
 * instrumentation worked out from a table of its own (`gen_ai.usage.cost` of OpenLIT, `llm.cost.*`) are none.
 *
 * - `costspan.cost.reported` on a span that was costed before: what else it has under these names is our own.
 * - `gen_ai.usage.cost.amount` where `gen_ai.usage.cost.source` is `provider`, as the draft of the conventions
 *   has it: https://github.com/open-telemetry/semantic-conventions-genai/pull/443
 * - OpenRouter's `usage.cost`: on the spans that it pushes itself as `gen_ai.usage.cost`, and in the AI SDK's
 *   provider metadata; there the Vercel AI Gateway's `gateway.cost` too. With a key of the user's own OpenRouter
 *   states its fee as the cost, and what the provider bills beside it; the gateway states 0, and what the tokens are
 *   worth beside it: then both together.
 */
export function reportedCost(span: SpanView, provider: string | undefined): ReportedCost | undefined {
  if (span.attribute('costspan.cost.status') !== undefined) {
    return costOf(span.attribute('costspan.cost.reported'), currencyOf(span, 'costspan.cost.currency'));
  }
  if (span.attribute('gen_ai.usage.cost.source') === 'provider') {
    return costOf(span.attribute('gen_ai.usage.cost.amount'), currencyOf(span, 'gen_ai.usage.cost.currency'));
  }
  if (provider === 'openrouter') {
    const pushed = costOf(span.attribute('gen_ai.usage.cost'), DEFAULT_CURRENCY);
    return pushed ?? openRouterCost(valueAt(metadataFields(span), ['openrouter', 'usage']));
  }
  if (provider === 'gateway') return gatewayCost(valueAt(metadataFields(span), ['gateway']));
  return undefined;
}

function openRouterCost(usage: unknown): ReportedCost | undefined {
  return routedCost(valueAt(usage, ['cost']), valueAt(usage, ['costDetails', 'upstreamInferenceCost']));
}

function gatewayCost(gateway: unknown): ReportedCost | undefined {
  return gatewayPaidCost(valueAt(gateway, ['cost']), valueAt(gateway, ['marketCost']));
}

/**
 * What a call through OpenRouter costs. Without a key of the user's own its cost contains what the provider bills, so
 * that it is at least as much; with one it is OpenRouter's fee, beside what the provider bills.
 */
export function routedCost(cost: unknown, upstreamInferenceCost: unknown): ReportedCost | undefined {
  const charged = costOf(cost, DEFAULT_CURRENCY);
  const upstream = costOf(upstreamInferenceCost, DEFAULT_CURRENCY);
  if (charged === undefined || upstream === undefined || upstream.amountPico <= charged.amountPico) {
    return charged;
  }
  return { amountPico: charged.amountPico + upstream.amountPico, currency: DEFAULT_CURRENCY };
}

/**
 * What a call through the Vercel AI Gateway costs. With a key of the user's own the gateway charges nothing, and the
 * provider bills the user.
 */
export function gatewayPaidCost(cost: unknown, marketCost: unknown): ReportedCost | undefined {
  const charged = costOf(cost, DEFAULT_CURRENCY);
  if (charged?.amountPico !== 0) return charged;
  return costOf(marketCost, DEFAULT_CURRENCY) ?? charged;
}

function currencyOf(span: SpanView, key: string): string {
  const currency = span.attribute(key);
  return typeof currency === 'string' ? currency.toUpperCase() : DEFAULT_CURRENCY;
}

function costOf(amount: unknown, currency: string): ReportedCost | undefined {
  const amountPico = reportedAmountPico(amount);
  return amountPico === undefined ? undefined : { amountPico, currency };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
