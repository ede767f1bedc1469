import type { Money } from './money.ts';

/**
 * Ordered attribute names that say which feature and which tenant a call belongs to. The first name that is
 * present wins; each is looked for on the span, then on its ancestors in the process, in the baggage and on
 * the resource.
 */
export interface AttributionKeys {
  readonly feature: readonly string[];
  readonly tenant: readonly string[];
}

export const DEFAULT_ATTRIBUTION_KEYS: AttributionKeys = {
  feature: [
    'costspan.feature',
    'app.feature',
    'traceloop.association.properties.feature',
    'ai.telemetry.functionId',
    'http.route',
  ],
  tenant: ['costspan.tenant', 'tenant.id', 'traceloop.association.properties.tenant'],
};

/** Flags a request whose cost passes an amount, for every feature or for one. */
export interface CostThreshold {
  readonly name: string;
  readonly feature?: string;
  readonly requestCost: Money;
}

/** The attribute vocabularies that a cost can be written in, beside Costspan's own. */
export type CostAttributeVocabulary =
  | 'costspan'
  | 'semconv'
  | 'openlit'
  | 'openinference'
  | 'langfuse'
  | 'logfire';
