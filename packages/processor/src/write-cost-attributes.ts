import type { CostAttributeVocabulary, CostComponent, PricedResult } from '@costspan/cost-model';
import type { SpanCost } from './span-cost.ts';

/** Receives one attribute. A whole number is an OTLP int, any other number a double. */
export type AttributeWriter = (key: string, value: string | number) => void;

const PICO_PER_UNIT = 1e12;

/** Status attribute; a span that has it was costed upstream and is not costed again. */
export const COST_STATUS_ATTRIBUTE = 'costspan.cost.status';
/** On a duplicate: the span that is billed for the call. */
export const DUPLICATE_OF_ATTRIBUTE = 'costspan.cost.duplicate_of';
/** On a model call: the span of the request that it served. */
export const ENTRY_SPAN_ID_ATTRIBUTE = 'costspan.entry_span_id';
/** On a model call: the request's `http.route`, when it was known as the call ended. */
export const ROUTE_ATTRIBUTE = 'costspan.route';

const COMPONENT_ATTRIBUTES: Readonly<Record<CostComponent, string>> = {
  input: 'costspan.cost.input',
  cache_read: 'costspan.cost.cache_read',
  cache_write: 'costspan.cost.cache_write',
  output: 'costspan.cost.output',
  reasoning: 'costspan.cost.reasoning',
  request: 'costspan.cost.request',
  tool: 'costspan.cost.tool',
  gpu: 'costspan.cost.gpu',
  overhead: 'costspan.cost.overhead',
};

/** Writes what a costed span carries, in Costspan's own names and in every other vocabulary asked for. */
export function writeCostAttributes(
  cost: SpanCost,
  emit: readonly CostAttributeVocabulary[],
  write: AttributeWriter,
): void {
  for (const vocabulary of emit) VOCABULARIES[vocabulary](cost, write);
}

const VOCABULARIES: Readonly<
  Record<CostAttributeVocabulary, (cost: SpanCost, write: AttributeWriter) => void>
> = {
  costspan: writeCostspan,
  semconv(cost, write) {
    if (cost.outcome.status !== 'priced') return;
    write('gen_ai.usage.cost.amount', cost.outcome.totalPico / PICO_PER_UNIT);
    write('gen_ai.usage.cost.currency', cost.priceBook.currency);
    write('gen_ai.usage.cost.source', 'local');
  },
  openlit(cost, write) {
    if (cost.outcome.status === 'priced') write('gen_ai.usage.cost', cost.outcome.totalPico / PICO_PER_UNIT);
  },
  openinference(cost, write) {
    if (cost.outcome.status !== 'priced') return;
    const sum = componentSums(cost.outcome);
    const prompt = sum('input') + sum('cache_read') + sum('cache_write');
    const completion = sum('output') + sum('reasoning');
    write('llm.cost.total', cost.outcome.totalPico / PICO_PER_UNIT);
    write('llm.cost.prompt', prompt / PICO_PER_UNIT);
    write('llm.cost.completion', completion / PICO_PER_UNIT);
    if (sum('cache_read') > 0) write('llm.cost.prompt_details.cache_read', sum('cache_read') / PICO_PER_UNIT);
    if (sum('cache_write') > 0)
      write('llm.cost.prompt_details.cache_write', sum('cache_write') / PICO_PER_UNIT);
    if (sum('reasoning') > 0)
      write('llm.cost.completion_details.reasoning', sum('reasoning') / PICO_PER_UNIT);
  },
  langfuse(cost, write) {
    if (cost.outcome.status !== 'priced') return;
    const details: Record<string, number> = { total: cost.outcome.totalPico / PICO_PER_UNIT };
    for (const line of cost.outcome.lines) {
      details[line.component] = (details[line.component] ?? 0) + line.amountPico / PICO_PER_UNIT;
    }
    write('langfuse.observation.cost_details', JSON.stringify(details));
  },
  logfire(cost, write) {
    if (cost.outcome.status === 'priced') write('operation.cost', cost.outcome.totalPico / PICO_PER_UNIT);
  },
};

function writeCostspan(cost: SpanCost, write: AttributeWriter): void {
  const { outcome, priceBook } = cost;
  write(COST_STATUS_ATTRIBUTE, outcome.status);
  if (outcome.status === 'priced') {
    write('costspan.cost.total', outcome.totalPico / PICO_PER_UNIT);
    write('costspan.cost.total_pico', outcome.totalPico);
    write('costspan.cost.currency', priceBook.currency);
    writeComponents(outcome, write);
    write('costspan.price_book.entry', outcome.price.entry);
  } else {
    write('costspan.cost.reason', outcome.reason);
    if (outcome.status === 'duplicate') write(DUPLICATE_OF_ATTRIBUTE, outcome.billedSpanId);
  }
  write('costspan.price_book.version', priceBook.version);
  write('costspan.usage.source', cost.call.usageSource);
  if (cost.feature !== undefined) write('costspan.feature', cost.feature);
  if (cost.tenant !== undefined) write('costspan.tenant', cost.tenant);
  if (cost.entrySpanId !== undefined) write(ENTRY_SPAN_ID_ATTRIBUTE, cost.entrySpanId);
  if (cost.route !== undefined) write(ROUTE_ATTRIBUTE, cost.route);
}

function writeComponents(outcome: PricedResult, write: AttributeWriter): void {
  const { lines } = outcome;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || line.amountPico === 0) continue;
    if (lines.findIndex((other) => other.component === line.component) !== index) continue;
    let pico = 0;
    for (const other of lines) if (other.component === line.component) pico += other.amountPico;
    write(COMPONENT_ATTRIBUTES[line.component], pico / PICO_PER_UNIT);
  }
}

function componentSums(outcome: PricedResult): (component: CostComponent) => number {
  return (component) =>
    outcome.lines.reduce((sum, line) => (line.component === component ? sum + line.amountPico : sum), 0);
}
