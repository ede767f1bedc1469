import {
  canonicalProvider,
  describeReason,
  inputTokenTotal,
  type ModelCall,
  moneyFromPico,
  recordedCost,
  type PricedResult,
  type UnpricedResult,
  USAGE_BUCKETS,
} from '@costspan/cost-model';
import { builtinPriceBook, type PriceBook, type PriceMatch } from '@costspan/pricing';
import { type Command, Option } from 'commander';
import { displayExactMoney } from '../display-money.ts';
import { displayCount, displayRate, displayRateUnit } from '../display-rate.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { requireConfig } from '../load-config.ts';
import { parseCount, parseDate } from '../parse-option.ts';
import { type ReportedCounts, usageFromReportedCounts } from '../reported-usage.ts';
import { formatTable } from '../table.ts';

interface PriceOptions extends ReportedCounts {
  readonly provider?: string;
  readonly model: string;
  readonly operation: ModelCall['operation'];
  readonly serviceTier?: string;
  readonly at?: Date;
  readonly config?: string;
  readonly json?: boolean;
}

const OPERATIONS: readonly ModelCall['operation'][] = [
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'rerank',
  'speech',
  'transcription',
  'image_generation',
  'other',
];
const CLOSEST_MAX = 5;

const EXAMPLE = `
Counts are as the provider reports them: input includes cached tokens, output includes reasoning.

Example:
  costspan price --provider openai --model gpt-5-mini \\
    --input-tokens 1200 --cache-read-tokens 1024 --output-tokens 350 --reasoning-tokens 128`;

export function addPriceCommand(program: Command): void {
  program
    .command('price')
    .description('Prices one model call and explains the price line by line.')
    .option('--provider <name>', 'provider, such as openai, anthropic or aws.bedrock')
    .requiredOption('--model <name>', 'model, as the request or the response names it')
    .option('--input-tokens <count>', 'input tokens, cached ones included', parseCount)
    .option('--cache-read-tokens <count>', 'input tokens that were read from the cache', parseCount)
    .option('--cache-write-tokens <count>', 'input tokens written to the cache, lifetime unknown', parseCount)
    .option('--cache-write-5m-tokens <count>', 'input tokens written to the cache for 5 minutes', parseCount)
    .option('--cache-write-1h-tokens <count>', 'input tokens written to the cache for 1 hour', parseCount)
    .option('--output-tokens <count>', 'output tokens, reasoning included', parseCount)
    .option('--reasoning-tokens <count>', 'output tokens that were reasoning', parseCount)
    .option('--web-searches <count>', 'web searches that the provider ran', parseCount)
    .addOption(new Option('--operation <name>', 'what the call did').choices(OPERATIONS).default('chat'))
    .option('--service-tier <name>', 'service tier, such as default or batch')
    .option('--at <date>', 'day or time of the call, UTC (default: now)', parseDate)
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action((options: PriceOptions) => {
      price(options);
    });
}

function price(options: PriceOptions): void {
  const { prices } = requireConfig(options);
  const book = builtinPriceBook({ approximateMatch: prices.approximateMatch });
  const at = options.at ?? new Date();
  const call = callFromOptions(options);
  const result = book.price(call, at.getTime());
  if (result.status === 'priced') {
    console.log(
      options.json === true
        ? formatJson(pricedJson(result, call, book))
        : explainPrice(result, call, book, at),
    );
    return;
  }
  if (result.reason === 'usage_missing_input_tokens' || result.reason === 'usage_missing_output_tokens') {
    const missing = result.reason === 'usage_missing_input_tokens' ? '--input-tokens' : '--output-tokens';
    throw new UsageError(
      `${missing} is missing; give it, or an --operation that has none, such as embeddings`,
    );
  }
  process.exitCode = EXIT_FINDING;
  const closest = book.closest(options.provider, options.model, CLOSEST_MAX);
  console.log(
    options.json === true
      ? formatJson(unpricedJson(result, call, book, closest))
      : explainMissingPrice(result, book, closest),
  );
}

function callFromOptions(options: PriceOptions): ModelCall {
  return {
    dialect: 'command-line',
    provider: options.provider === undefined ? undefined : canonicalProvider(options.provider),
    requestModel: options.model,
    responseModel: undefined,
    operation: options.operation,
    usage: usageFromReportedCounts(options),
    usageSource: 'estimated',
    responseId: undefined,
    serviceTier: options.serviceTier,
    serverAddress: undefined,
    errorType: undefined,
  };
}

function pricedJson(result: PricedResult, call: ModelCall, book: PriceBook): object {
  return {
    ...callJson(call),
    status: 'priced',
    ...recordedCost(result, book.currency),
    exactMatch: result.price.exactMatch,
    priceBook: { version: book.version, digest: book.digest, entry: result.price.entry },
  };
}

function unpricedJson(
  result: UnpricedResult,
  call: ModelCall,
  book: PriceBook,
  closest: readonly string[],
): object {
  return {
    ...callJson(call),
    status: 'unpriced',
    reason: result.reason,
    reasonText: describeReason(result.reason),
    reasonDetail: result.detail ?? null,
    closest,
    priceBook: { version: book.version, digest: book.digest, entry: null },
  };
}

function callJson(call: ModelCall): object {
  return { provider: call.provider ?? null, model: call.requestModel, usage: call.usage };
}

function formatJson(value: object): string {
  return JSON.stringify(value, null, 2);
}

function explainPrice(result: PricedResult, call: ModelCall, book: PriceBook, at: Date): string {
  const total = displayExactMoney(moneyFromPico(result.totalPico));
  const table = formatTable(
    [
      { head: 'Component', align: 'left' },
      { head: 'What', align: 'left' },
      { head: 'Quantity', align: 'right' },
      { head: 'Rate', align: 'decimal' },
      { head: 'Per', align: 'left' },
      { head: 'Amount', align: 'decimal' },
    ],
    result.lines.map((line) => [
      line.component,
      USAGE_BUCKETS[line.bucket].label,
      displayCount(line.quantity),
      displayRate(line.rate.decimal),
      displayRateUnit(line.rate),
      displayExactMoney(moneyFromPico(line.amountPico)),
    ]),
    [['total', '', '', '', '', total]],
  );
  const match = book.find(call.provider, call.requestModel ?? '', at.getTime());
  return [table, '', ...(match === undefined ? [] : matchLines(match, call)), bookLine(book)].join('\n');
}

function matchLines(match: PriceMatch, call: ModelCall): string[] {
  const { entry, exact, how, from, until, period } = match;
  const since = from === undefined ? '' : `, in force since ${from}`;
  const end = until === undefined ? '' : ` until ${until}`;
  const inputTokens = inputTokenTotal(call.usage ?? {});
  const isLong = (period.longContext ?? []).some(
    (tier) => inputTokens > tier.inputTokens || (tier.inclusive && inputTokens === tier.inputTokens),
  );
  const length = `Length  ${displayCount(inputTokens)} input tokens: the long-context rates apply to the whole request`;
  return [
    `Entry   ${entry}, found ${how}${exact ? '' : ' (approximate)'}${since}${end}`,
    `Source  ${match.sourceUrl}, checked ${match.checked}`,
    ...(isLong ? [length] : []),
    ...(period.windows === undefined
      ? []
      : [`Hours   rates depend on the time of day: costspan prices show ${entry}`]),
  ];
}

function explainMissingPrice(result: UnpricedResult, book: PriceBook, closest: readonly string[]): string {
  const detail = result.detail === undefined || result.detail === '' ? '' : ` (${result.detail})`;
  return [
    `No price: ${describeReason(result.reason)}${detail}.`,
    ...(closest.length === 0 ? [] : [`Closest entries: ${closest.join(', ')}`]),
    bookLine(book),
  ].join('\n');
}

function bookLine(book: PriceBook): string {
  return `Book    ${book.version}, ${book.digest}`;
}
