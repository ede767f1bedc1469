import type { ModelCall } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { BENCH_MODELS } from './trace-template.ts';

/** Rates of a model in dollars for one token. */
interface TokenRates {
  readonly input: string;
  readonly cacheRead: string;
  readonly output: string;
}

/**
 * The Collector's side of the comparison: OTTL that prices the models of the bench by arithmetic and writes what Costspan
 * writes, and the metrics that Costspan has. It knows neither dialects nor duplicates nor dates of prices.
 */
export function collectorConfig(receiver: string, prometheus: string, sink: string): string {
  const book = builtinPriceBook();
  const statements = BENCH_MODELS.flatMap(({ provider, requestModel, model }) => {
    const rates = ratesOf(provider, requestModel, model);
    const where = `where attributes["gen_ai.response.model"] == "${model}"`;
    return [
      `set(attributes["costspan.cost.input"], (attributes["gen_ai.usage.input_tokens"] - attributes["gen_ai.usage.cache_read.input_tokens"]) * ${rates.input}) ${where}`,
      `set(attributes["costspan.cost.cache_read"], attributes["gen_ai.usage.cache_read.input_tokens"] * ${rates.cacheRead}) ${where}`,
      `set(attributes["costspan.cost.output"], attributes["gen_ai.usage.output_tokens"] * ${rates.output}) ${where}`,
      `set(attributes["costspan.price_book.entry"], "${provider}/${requestModel}") ${where}`,
    ];
  });
  const total = ['input', 'cache_read', 'output']
    .map((part) => `attributes["costspan.cost.${part}"]`)
    .join(' + ');
  const all = [
    ...statements,
    `set(attributes["costspan.cost.total"], ${total}) where attributes["costspan.cost.input"] != nil`,
    `set(attributes["costspan.cost.status"], "priced") where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.cost.currency"], "USD") where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.cost.total_pico"], Int(attributes["costspan.cost.total"] * 1000000000000.0)) where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.price_book.version"], "${book.version}") where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.usage.source"], "span") where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.tenant"], resource.attributes["costspan.tenant"]) where attributes["costspan.cost.total"] != nil`,
    `set(attributes["costspan.feature"], resource.attributes["costspan.feature"]) where attributes["costspan.cost.total"] != nil`,
  ];
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: receiver } } } },
    processors: {
      transform: {
        error_mode: 'ignore',
        trace_statements: [
          { context: 'span', conditions: ['attributes["gen_ai.operation.name"] != nil'], statements: all },
        ],
      },
    },
    connectors: { signal_to_metrics: { spans: spanMetrics() } },
    exporters: {
      otlphttp: { endpoint: sink, compression: 'none' },
      prometheus: { endpoint: prometheus },
    },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['transform'],
          exporters: ['otlphttp', 'signal_to_metrics'],
        },
        metrics: { receivers: ['signal_to_metrics'], exporters: ['prometheus'] },
      },
    },
  });
}

/** The series that Costspan keeps of a call. */
function spanMetrics(): object[] {
  const keys = (...names: string[]): object[] => names.map((key) => ({ key }));
  const call = keys(
    'gen_ai.provider.name',
    'gen_ai.response.model',
    'gen_ai.operation.name',
    'costspan.feature',
  );
  const sum = (name: string, attribute: string, attributes: object[]): object => ({
    name,
    conditions: [`attributes["${attribute}"] != nil`],
    attributes,
    sum: { value: `Double(attributes["${attribute}"])` },
  });
  return [
    ...['input', 'cache_read', 'output'].map((part) =>
      sum(`costspan.cost.${part}`, `costspan.cost.${part}`, call),
    ),
    sum('costspan.tenant.cost', 'costspan.cost.total', keys('costspan.tenant', 'costspan.feature')),
    ...['input_tokens', 'cache_read.input_tokens', 'output_tokens'].map((part) =>
      sum(`costspan.tokens.${part}`, `gen_ai.usage.${part}`, call),
    ),
    {
      name: 'costspan.calls',
      conditions: ['attributes["costspan.cost.status"] != nil'],
      attributes: keys('costspan.cost.status', 'gen_ai.provider.name', 'gen_ai.response.model'),
      sum: { value: '1' },
    },
    {
      name: 'costspan.call.cost',
      conditions: ['attributes["costspan.cost.total"] != nil'],
      attributes: call,
      histogram: {
        buckets: [
          1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05,
          0.1, 0.25, 0.5, 1,
        ],
        value: 'attributes["costspan.cost.total"]',
      },
    },
  ];
}

/** The list price of today, as a decimal that OTTL multiplies a count by. */
function ratesOf(provider: string, requestModel: string, model: string): TokenRates {
  const call: ModelCall = {
    dialect: 'bench',
    provider,
    requestModel,
    responseModel: model,
    operation: 'chat',
    usage: { input: 1, cacheRead: 1, output: 1 },
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: undefined,
  };
  const result = builtinPriceBook().price(call, Date.now());
  if (result.status !== 'priced') throw new Error(`${model} has no price: ${result.reason}`);
  const rate = (component: string): string => {
    const line = result.lines.find((each) => each.component === component);
    if (line === undefined) throw new Error(`${model} has no rate for ${component}`);
    return (Number(line.rate.decimal) / line.rate.per).toFixed(15);
  };
  return { input: rate('input'), cacheRead: rate('cache_read'), output: rate('output') };
}
