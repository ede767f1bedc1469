import { formatMoney } from '@costspan/cost-model';
import { type Command, InvalidArgumentError } from 'commander';
import { callTimeMillis } from '../call-time.ts';
import { displayExactMoney } from '../display-money.ts';
import { displayCount } from '../display-rate.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { openRateFile } from '../gpu-rates-file.ts';
import { isFocus, readFocus } from '../gpu-rates-focus.ts';
import { isInstanceList, readInstanceList } from '../gpu-rates-list.ts';
import type { GpuOffer, OfferQuery } from '../gpu-rates-offer.ts';
import { formatPoolSnippet, poolOf, type PoolSnippet } from '../gpu-rates-snippet.ts';
import { parseCount, parseQuantity } from '../parse-option.ts';
import { formatTable } from '../table.ts';

interface GpuRatesOptions {
  readonly instance?: string;
  readonly region?: string;
  readonly accelerator?: string;
  readonly resource?: string;
  readonly spot?: boolean;
  readonly count: number;
  readonly gpus?: number;
  readonly from?: string;
  readonly json?: boolean;
}

const ROWS_MAX = 50;
/** As many as a pool of the configuration may have. */
const RATES_MAX = 1000;
const COUNT_MAX = 100_000;

const HELP = `
FILE is a price list of instances (columns InstanceType, AcceleratorName, AcceleratorCount, Price,
SpotPrice, Region, as SkyPilot's catalog has them) or rows of FOCUS, from which the rate is what was
paid divided by the hours: rows of usage, not of tax or credits. Nothing is looked up anywhere else.
When one offer fits, a pool for costspan.yaml is printed, otherwise the offers.

Example:
  costspan gpu rates vms.csv --accelerator H100 --region us-east-1 --count 2`;

/** `costspan gpu rates`. */
export function addGpuRatesCommand(gpu: Command): void {
  gpu
    .command('rates')
    .description('Makes the rates of a pool out of a price list or invoice rows of FOCUS.')
    .argument('<file>', 'CSV file')
    .option('--instance <type>', 'only this instance type')
    .option('--region <name>', 'only this region or zone')
    .option('--accelerator <name>', 'only instances with this accelerator (price lists)')
    .option('--resource <id>', 'only this resource (FOCUS)')
    .option('--spot', 'spot prices (price lists)')
    .option('--count <number>', 'instances of the pool', parseInstances, 1)
    .option('--gpus <number>', 'GPUs of one instance, where the file does not state them', parseGpus)
    .option(
      '--from <day>',
      'price lists: the day from which the price holds (default: that of the file); FOCUS: charges from this day on',
      parseDay,
    )
    .option('--json', 'print JSON: amounts with 12 places')
    .addHelpText('after', HELP)
    .action(showGpuRates);
}

async function showGpuRates(name: string, options: GpuRatesOptions): Promise<void> {
  const offers = await readOffers(name, options);
  if (options.gpus !== undefined && offers.length > 0 && offers.every(({ gpus }) => gpus !== undefined)) {
    throw new UsageError('the file states how many GPUs an instance has; remove --gpus');
  }
  const [only, ...others] = offers;
  const pool = only === undefined || others.length > 0 ? undefined : requirePool(only, options);
  if (pool === undefined) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    console.log(
      JSON.stringify(
        { schema: 'costspan.gpu_rates.v1', offers: offers.map(offerJson), pool: pool ?? null },
        null,
        2,
      ),
    );
  } else if (only === undefined) {
    console.log(
      `Nothing in ${name} fits. Without --instance, --region and --accelerator it shows what there is.`,
    );
  } else {
    console.log(pool === undefined ? offersText(offers) : formatPoolSnippet(pool));
  }
}

async function readOffers(name: string, options: GpuRatesOptions): Promise<GpuOffer[]> {
  const query: OfferQuery = {
    instance: options.instance,
    region: options.region,
    accelerator: options.accelerator,
    resource: options.resource,
    spot: options.spot === true,
    from: options.from,
  };
  const file = await openRateFile(name);
  if (isFocus(file)) {
    const { offers, leftOut } = await readFocus(file, query);
    if (leftOut.size > 0) process.stderr.write(leftOutText(leftOut));
    return offers;
  }
  if (isInstanceList(file)) return readInstanceList(file, query);
  throw new UsageError(
    `${name} is neither a price list (columns InstanceType and Price) nor has it rows of FOCUS ` +
      '(ChargePeriodStart, BillingCurrency); its first line must name the columns',
  );
}

function leftOutText(leftOut: ReadonlyMap<string, number>): string {
  const counts = [...leftOut].map(([category, rows]) => `${displayCount(rows)} of ${category}`).join(', ');
  return `note: a rate is what usage cost by the hour; other rows of the resource are not in it: ${counts}\n`;
}

function requirePool(offer: GpuOffer, { count, gpus: statedGpus }: GpuRatesOptions): PoolSnippet {
  const gpus = offer.gpus ?? statedGpus;
  if (gpus === undefined) {
    throw new UsageError('the file does not say how many GPUs an instance has; add --gpus NUMBER');
  }
  if (offer.rates.length > RATES_MAX) {
    throw new UsageError(
      `it has ${offer.rates.length} rates, and a pool may have ${RATES_MAX}; add --from DAY to leave out older ones`,
    );
  }
  return poolOf(offer, count, gpus);
}

function offersText(offers: readonly GpuOffer[]): string {
  const cheapestFirst = offers.toSorted((a, b) =>
    Number((a.rates.at(-1)?.perHour ?? 0n) - (b.rates.at(-1)?.perHour ?? 0n)),
  );
  const rest = offers.length - ROWS_MAX;
  const table = formatTable(
    [
      { head: 'Instance', align: 'left' },
      { head: 'GPUs', align: 'decimal' },
      { head: 'Accelerator', align: 'left' },
      { head: 'Region', align: 'left' },
      { head: 'Per hour', align: 'decimal' },
      { head: 'Since', align: 'left' },
    ],
    cheapestFirst.slice(0, ROWS_MAX).map(({ instance, gpus, accelerator, region, rates }) => {
      const last = rates.at(-1);
      return [
        instance ?? '',
        gpus === undefined ? '' : String(gpus),
        accelerator ?? '',
        region ?? '',
        last === undefined ? '' : displayExactMoney(last.perHour),
        last?.from ?? '',
      ];
    }),
  );
  return [
    `${displayCount(offers.length)} offers fit; narrow them to one with --instance and --region`,
    '',
    table,
    ...(rest > 0 ? [`and ${displayCount(rest)} more`] : []),
  ].join('\n');
}

function offerJson({ instance, accelerator, gpus, region, rates }: GpuOffer): Record<string, unknown> {
  return {
    instance: instance ?? null,
    accelerator: accelerator ?? null,
    gpus: gpus ?? null,
    region: region ?? null,
    rates: rates.map(({ from, perHour }) => ({ from, perHour: formatMoney(perHour) })),
  };
}

function parseInstances(text: string): number {
  const count = parseCount(text);
  if (count >= 1 && count <= COUNT_MAX) return count;
  throw new InvalidArgumentError(`Write a number from 1 to ${COUNT_MAX}.`);
}

function parseGpus(text: string): number {
  const gpus = parseQuantity(text);
  if (gpus > 0 && gpus <= COUNT_MAX) return gpus;
  throw new InvalidArgumentError('Write a number such as 8, or 0.5 for half of one.');
}

function parseDay(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || callTimeMillis(text) === undefined) {
    throw new InvalidArgumentError('Write a day such as 2026-09-23.');
  }
  return text;
}
