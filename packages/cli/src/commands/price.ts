import { pricedModel } from '@costspan/cost-model';
import type { PriceBookOptions } from '@costspan/pricing';
import { type Command, Option } from 'commander';
import { callFromOptions, type CallOptions, givenCallOptions } from '../call-from-options.ts';
import { OPERATIONS } from '../call-row.ts';
import { addCountOptions } from '../count-options.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { explainMissingPrice, explainPrice } from '../explain-price.ts';
import { FileSummary } from '../file-summary.ts';
import { loadPriceBook, printWarnings } from '../load-price-book.ts';
import { collectNamedValue, parseDate } from '../parse-option.ts';
import { priceRows, writeRows } from '../price-file.ts';
import { pricedJson, unpricedJson } from '../price-json.ts';

interface PriceOptions extends CallOptions {
  readonly at?: Date;
  readonly from?: string;
  readonly book?: string;
  readonly approximateMatch?: PriceBookOptions['approximateMatch'];
  readonly providerReportedCost?: PriceBookOptions['providerReportedCost'];
  readonly config?: string;
  readonly json?: boolean;
}

const CLOSEST_MAX = 5;
const EXAMPLE = `
Counts are as the provider reports them: input includes cached tokens and other modalities, output includes
reasoning. A file of calls has one JSON object a line:
  {"id": "1", "provider": "openai", "model": "gpt-5-mini", "at": "2026-10-01", "service_tier": "batch",
   "usage": {"input_tokens": 1200, "cache_read_tokens": 1024, "output_tokens": 350}, "attributes": {}}

Example:
  costspan price --provider openai --model gpt-5-mini \\
    --input-tokens 1200 --cache-read-tokens 1024 --output-tokens 350 --reasoning-tokens 128`;

export function addPriceCommand(program: Command): void {
  const command = program
    .command('price')
    .description('Prices one model call and explains the price line by line, or prices a file of calls.')
    .optionsGroup('The call:')
    .option('--provider <name>', 'provider, such as openai, anthropic or aws.bedrock')
    .option('--model <name>', 'model, as the request names it')
    .option('--response-model <name>', 'model, as the response names it, where that differs')
    .addOption(
      new Option('--operation <name>', 'what the call did (default: chat, where tokens are given)').choices(
        OPERATIONS,
      ),
    )
    .option('--service-tier <name>', 'service tier, such as batch, flex, priority or fast')
    .option('--region <name>', "where it was processed, in the provider's words: us-east-1, us, data_zone")
    .option(
      '--option <name=value>',
      'how it was made, where a price depends on it: search_context_size=low, quality=hd; repeatable',
      collectNamedValue,
    )
    .option('--reported-cost <amount>', 'the cost in dollars that the provider stated in its response')
    .option(
      '--at <date>',
      'day or time of the call, or of the lines of a file that have none, UTC (default: now)',
      parseDate,
    )
    .optionsGroup('Its usage:');
  addCountOptions(command);
  command
    .optionsGroup('A file of calls:')
    .option(
      '--from <file>',
      'price a file of calls, one JSON object or cost record a line; - is standard input',
    )
    .optionsGroup('Options:')
    .option(
      '--book <name>',
      'price book: a file, a published version, or builtin (default: the one in force)',
    )
    .addOption(
      new Option('--approximate-match <choice>', 'whether an approximate match is a price').choices([
        'allow',
        'forbid',
      ]),
    )
    .addOption(
      new Option(
        '--provider-reported-cost <choice>',
        "whether the provider's own amount is the total",
      ).choices(['prefer', 'ignore']),
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON, for a file one line for each of its lines')
    .addHelpText('after', EXAMPLE)
    .action(async (options: PriceOptions) => {
      await (options.from === undefined ? priceCall(options) : priceFile(options.from, options));
    });
}

async function priceFile(file: string, options: PriceOptions): Promise<void> {
  const given = givenCallOptions(options);
  if (given.length > 0) {
    throw new UsageError(
      `${given.join(', ')} cannot be given with --from: each line of ${file} describes its own call`,
    );
  }
  const { book, warnings } = await loadPriceBook(options);
  printWarnings(warnings);
  const summary = new FileSummary(book.currency);
  const nowMillis = (options.at ?? new Date()).getTime();
  for await (const rows of priceRows(file, book, nowMillis)) {
    if (rows.some(({ status }) => status === 'unpriced' || status === 'error')) {
      process.exitCode = EXIT_FINDING;
    }
    if (options.json === true) await writeRows(rows);
    else for (const row of rows) summary.add(row);
  }
  if (options.json !== true) console.log(summary.toString());
}

async function priceCall(options: PriceOptions): Promise<void> {
  const call = callFromOptions(options);
  const { book, data, warnings } = await loadPriceBook(options);
  printWarnings(warnings);
  const atMillis = (options.at ?? new Date()).getTime();
  const result = book.price(call, atMillis);
  if (result.status === 'priced') {
    console.log(
      options.json === true
        ? toJson(pricedJson(result, call, book, atMillis))
        : explainPrice({ result, call, atMillis, book, data }),
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
  const closest = book.closest(options.provider, pricedModel(call) ?? '', CLOSEST_MAX);
  console.log(
    options.json === true
      ? toJson(unpricedJson(result, call, book, closest))
      : explainMissingPrice(result, { call, atMillis, book }, closest),
  );
}

function toJson(value: object): string {
  return JSON.stringify(value, null, 2);
}
