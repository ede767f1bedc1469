import type {
  CostAttributeVocabulary,
  CostComponent,
  DuplicateResult,
  PricedResult,
  ReportedComparison,
} from '@costspan/cost-model';
import { type GpuCost, gpuSeconds, gpuTimeShare } from './gpu-cost.ts';
import type { SpanCost } from './span-cost.ts';

/** Attributes by name, as an SDK span holds them. */
export interface WritableAttributes {
  [key: string]: unknown;
}

const PICO_PER_UNIT = 1e12;

/** Status attribute; a span that has it was costed upstream and is not costed again. */
export const COST_STATUS_ATTRIBUTE = 'costspan.cost.status';
/** On a duplicate: the span that is billed for the call. */
export const DUPLICATE_OF_ATTRIBUTE = 'costspan.cost.duplicate_of';
/** On a duplicate: the trace of the billed span, when it is another one. */
export const DUPLICATE_OF_TRACE_ATTRIBUTE = 'costspan.cost.duplicate_of_trace';
/** On a model call: the span of the request that it served. */
export const ENTRY_SPAN_ID_ATTRIBUTE = 'costspan.entry_span_id';
/** On a model call: the request's `http.route`, when it was known as the call ended. */
export const ROUTE_ATTRIBUTE = 'costspan.route';

/**
 * Adds what a costed span carries, in Costspan's own names and in every other vocabulary asked for.
 *
 * Keys are spelled out at each assignment on purpose: V8 keeps an object with many properties fast when they
 * are stored by literal name and turns it into a slow dictionary when they are stored by variable name.
 */
export function addCostAttributes(
  attributes: WritableAttributes,
  cost: SpanCost,
  emit: readonly CostAttributeVocabulary[],
): void {
  for (const vocabulary of emit) VOCABULARIES[vocabulary](attributes, cost);
}

const VOCABULARIES: Readonly<
  Record<CostAttributeVocabulary, (attributes: WritableAttributes, cost: SpanCost) => void>
> = {
  costspan: addCostspan,
  semconv(attributes, { outcome, priceBook }) {
    if (outcome.status !== 'priced') return;
    const { reported, totalPico } = outcome;
    // With the organisation's overhead on top it is no longer the provider's amount.
    const isProviders = reported?.applied === true && reported.amountPico === totalPico;
    attributes['gen_ai.usage.cost.amount'] = totalPico / PICO_PER_UNIT;
    attributes['gen_ai.usage.cost.currency'] = priceBook.currency;
    attributes['gen_ai.usage.cost.source'] = isProviders ? 'provider' : 'local';
  },
  openlit(attributes, { outcome }) {
    if (outcome.status === 'priced') attributes['gen_ai.usage.cost'] = outcome.totalPico / PICO_PER_UNIT;
  },
  openinference(attributes, { outcome }) {
    if (outcome.status !== 'priced') return;
    const sums = componentPicos(outcome);
    const cacheRead = sums.cache_read ?? 0;
    const cacheWrite = sums.cache_write ?? 0;
    const reasoning = sums.reasoning ?? 0;
    attributes['llm.cost.total'] = outcome.totalPico / PICO_PER_UNIT;
    attributes['llm.cost.prompt'] = ((sums.input ?? 0) + cacheRead + cacheWrite) / PICO_PER_UNIT;
    attributes['llm.cost.completion'] = ((sums.output ?? 0) + reasoning) / PICO_PER_UNIT;
    if (cacheRead > 0) attributes['llm.cost.prompt_details.cache_read'] = cacheRead / PICO_PER_UNIT;
    if (cacheWrite > 0) attributes['llm.cost.prompt_details.cache_write'] = cacheWrite / PICO_PER_UNIT;
    if (reasoning > 0) attributes['llm.cost.completion_details.reasoning'] = reasoning / PICO_PER_UNIT;
  },
  langfuse(attributes, { outcome }) {
    if (outcome.status !== 'priced') return;
    const details: Record<string, number> = { total: outcome.totalPico / PICO_PER_UNIT };
    for (const [component, pico] of Object.entries(componentPicos(outcome)))
      details[component] = pico / PICO_PER_UNIT;
    attributes['langfuse.observation.cost_details'] = JSON.stringify(details);
  },
  logfire(attributes, { outcome }) {
    if (outcome.status === 'priced') attributes['operation.cost'] = outcome.totalPico / PICO_PER_UNIT;
  },
};

function addCostspan(attributes: WritableAttributes, cost: SpanCost): void {
  const { outcome, priceBook } = cost;
  attributes['costspan.cost.status'] = outcome.status;
  if (outcome.status === 'priced') {
    attributes['costspan.cost.total'] = outcome.totalPico / PICO_PER_UNIT;
    attributes['costspan.cost.total_pico'] = outcome.totalPico;
    attributes['costspan.cost.currency'] = priceBook.currency;
    addComponents(attributes, componentPicos(outcome));
    if (outcome.price.entry !== undefined) attributes['costspan.price_book.entry'] = outcome.price.entry;
    if (!outcome.price.exactMatch) attributes['costspan.price_book.match'] = 'approximate';
    if (outcome.reported !== undefined) addReported(attributes, outcome.reported);
    if (cost.gpu !== undefined) addGpu(attributes, cost.gpu, outcome);
  } else {
    attributes['costspan.cost.reason'] = outcome.reason;
    if (outcome.status === 'duplicate') addDuplicate(attributes, outcome);
  }
  attributes['costspan.price_book.version'] = priceBook.version;
  attributes['costspan.usage.source'] = cost.call.usageSource;
  if (cost.call.usageIncomplete !== undefined)
    attributes['costspan.usage.incomplete'] = cost.call.usageIncomplete;
  if (cost.feature !== undefined) attributes['costspan.feature'] = cost.feature;
  if (cost.tenant !== undefined) attributes['costspan.tenant'] = cost.tenant;
  if (cost.entrySpanId !== undefined) attributes['costspan.entry_span_id'] = cost.entrySpanId;
  if (cost.route !== undefined) attributes['costspan.route'] = cost.route;
}

function addDuplicate(
  attributes: WritableAttributes,
  { billedSpanId, billedTraceId }: DuplicateResult,
): void {
  if (billedSpanId !== undefined) attributes['costspan.cost.duplicate_of'] = billedSpanId;
  if (billedTraceId !== undefined) attributes['costspan.cost.duplicate_of_trace'] = billedTraceId;
}

function addGpu(attributes: WritableAttributes, gpu: GpuCost, outcome: PricedResult): void {
  attributes['costspan.gpu.pool'] = gpu.pool.name;
  attributes['costspan.gpu.seconds'] = gpuSeconds(gpu);
  attributes['costspan.gpu.time_share'] = gpuTimeShare(gpu);
  attributes['costspan.gpu.cost'] = (componentPicos(outcome).gpu ?? 0) / PICO_PER_UNIT;
  attributes['costspan.gpu.basis'] = gpu.basis;
}

function addReported(
  attributes: WritableAttributes,
  { amountPico, applied, differencePico }: ReportedComparison,
): void {
  attributes['costspan.cost.source'] = applied ? 'provider' : 'price_book';
  attributes['costspan.cost.reported'] = amountPico / PICO_PER_UNIT;
  if (differencePico !== undefined)
    attributes['costspan.cost.reported_difference'] = differencePico / PICO_PER_UNIT;
}

type ComponentPicos = { [component in CostComponent]?: number };

function componentPicos(outcome: PricedResult): ComponentPicos {
  const picos: ComponentPicos = {};
  for (const { component, amountPico } of outcome.lines) {
    if (amountPico > 0) picos[component] = (picos[component] ?? 0) + amountPico;
  }
  return picos;
}

function addComponents(attributes: WritableAttributes, picos: ComponentPicos): void {
  if (picos.input !== undefined) attributes['costspan.cost.input'] = picos.input / PICO_PER_UNIT;
  if (picos.cache_read !== undefined)
    attributes['costspan.cost.cache_read'] = picos.cache_read / PICO_PER_UNIT;
  if (picos.cache_write !== undefined)
    attributes['costspan.cost.cache_write'] = picos.cache_write / PICO_PER_UNIT;
  if (picos.output !== undefined) attributes['costspan.cost.output'] = picos.output / PICO_PER_UNIT;
  if (picos.reasoning !== undefined) attributes['costspan.cost.reasoning'] = picos.reasoning / PICO_PER_UNIT;
  if (picos.request !== undefined) attributes['costspan.cost.request'] = picos.request / PICO_PER_UNIT;
  if (picos.tool !== undefined) attributes['costspan.cost.tool'] = picos.tool / PICO_PER_UNIT;
  if (picos.gpu !== undefined) attributes['costspan.cost.gpu'] = picos.gpu / PICO_PER_UNIT;
  if (picos.overhead !== undefined) attributes['costspan.cost.overhead'] = picos.overhead / PICO_PER_UNIT;
}
