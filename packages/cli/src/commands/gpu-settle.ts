import type { GpuRequest, PoolPeriod } from '@costspan/allocation';
import type { CostspanConfig } from '@costspan/config';
import type { GpuPool } from '@costspan/cost-model';
import type { EnrichmentSettings, OtlpEncoding } from '@costspan/gateway';
import { type Command, Option } from 'commander';
import { displayCount } from '../display-rate.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { formatSettlementEnd, formatSettlementOfPool } from '../format-gpu-settlement.ts';
import { NO_POOLS_TEXT, selectPools } from '../gpu-pools.ts';
import type { FileRequest, SettleFinding, SettleInput } from '../gpu-settle-collector.ts';
import type { SettleCounts } from '../gpu-settle-counts.ts';
import { readSettleInput } from '../gpu-settle-input.ts';
import { noPeriodFinding } from '../gpu-settle-no-period.ts';
import { GpuSettlement, isInside, periodOfRequests } from '../gpu-settlement.ts';
import { SettlementJsonWriter } from '../gpu-settlement-json.ts';
import { displayInstant, unixNanoOf } from '../iso-instant.ts';
import { configFolder, requireConfig } from '../load-config.ts';
import { loadPriceBookUnder, printWarnings } from '../load-price-book.ts';
import { parseDate } from '../parse-option.ts';

interface SettleOptions {
  readonly from?: Date;
  readonly until?: Date;
  readonly to?: Date;
  readonly pool?: string;
  readonly format?: OtlpEncoding;
  readonly config?: string;
  readonly json?: boolean;
}

/** The file, what to settle it with, and what is found on the way. */
interface Settling {
  readonly file: string;
  readonly config: CostspanConfig;
  readonly pools: readonly GpuPool[];
  readonly asked: Partial<PoolPeriod>;
  readonly input: SettleInput;
  readonly requests: PoolRequests;
  readonly findings: SettleFinding[];
}

/** The requests of a file by the pool that served them. */
interface PoolRequests {
  readonly byPool: ReadonlyMap<string, readonly FileRequest[]>;
  readonly unknown: readonly FileRequest[];
}

/** What is settled, and how many requests of these pools are outside of the period that was asked for. */
interface Settlements {
  readonly settlements: readonly GpuSettlement[];
  readonly outsidePeriod: number;
}

const FINDINGS_SHOWN_MAX = 100;

const HELP = `
The file has cost records (JSON lines) or OTLP traces, gzip or not; - is standard input. Every
window of the period is settled by itself, from nothing but the file and the configuration. Without
--from and --until the period is the windows in which the file's requests ran. For each pool:
used + slack + idle + unsampled + overhead = bill.

Example:
  costspan gpu settle records.jsonl --from 2026-11-20T10:00:00Z --until 2026-11-20T11:00:00Z --json`;

export function addGpuSettleCommand(gpu: Command): void {
  gpu
    .command('settle')
    .description(
      'Settles a file of records or spans against the pools: every window, and the exact share of every request.',
    )
    .argument(
      '<file>',
      'cost records (JSON lines) or OTLP traces (JSON, JSON lines, protobuf), gzip or not; or -',
    )
    .option('--from <date>', 'start of the period, UTC', parseDate)
    .option('--until <date>', 'end of the period, UTC, not included; it has passed', parseDate)
    .addOption(new Option('--to <date>', 'the same as --until').argParser(parseDate).conflicts('until'))
    .option('--pool <name>', 'one pool of the configuration (default: all)')
    .addOption(
      new Option('--format <encoding>', 'encoding of OTLP (default: by its first byte)').choices([
        'json',
        'protobuf',
      ]),
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON: amounts with 12 places')
    .addHelpText('after', HELP)
    .action(settle);
}

async function settle(file: string, options: SettleOptions): Promise<void> {
  const config = requireConfig(options);
  const pools = selectPools(config, options.pool);
  if (pools.length === 0) throw new UsageError(NO_POOLS_TEXT.trimEnd());
  const nowUnixMillis = Date.now();
  const asked = askedPeriod(options, nowUnixMillis);
  const input = await readSettleInput(file, {
    nowUnixMillis,
    encoding: options.format,
    settings: () => enrichmentSettings(config, options),
  });
  const requests = requestsByPool(config, input);
  const settling: Settling = { file, config, pools, asked, input, requests, findings: [...input.findings] };
  for (const { line, pool, request } of requests.unknown) {
    const [traceId = '', spanId = ''] = request.id.split(' ');
    const message = `pool ${pool} is not in the configuration; add it to pools`;
    settling.findings.push({ line, span: { traceId, spanId }, message });
  }
  const settlements = settlementsOf(settling);
  if (options.json === true) await printJson(settling, settlements);
  else printTables(settling, settlements);
  if (settling.findings.length > 0 || input.unpriced.size > 0) process.exitCode = EXIT_FINDING;
  printFindings(settling);
  printOutsidePeriod(settling, settlements);
}

async function enrichmentSettings(
  config: CostspanConfig,
  options: SettleOptions,
): Promise<EnrichmentSettings> {
  const { attribution, thresholds, emit, pools } = config;
  const { book: priceBook, warnings } = await loadPriceBookUnder(config, configFolder(options));
  printWarnings(warnings);
  return { priceBook, attribution, thresholds, emit, pools };
}

function askedPeriod({ from, until, to }: SettleOptions, nowUnixMillis: number): Partial<PoolPeriod> {
  const end = until ?? to;
  if (from !== undefined && end !== undefined && from >= end)
    throw new UsageError('--from must be before --until');
  if (end !== undefined && end.getTime() > nowUnixMillis) {
    throw new UsageError(
      `--until ${end.toISOString()} is in the future, and only time that has passed is settled: it is ` +
        `${new Date(nowUnixMillis).toISOString()} now`,
    );
  }
  return {
    ...(from === undefined ? {} : { fromUnixNano: unixNanoOf(from) }),
    ...(end === undefined ? {} : { untilUnixNano: unixNanoOf(end) }),
  };
}

function requestsByPool({ pools }: CostspanConfig, { requests }: SettleInput): PoolRequests {
  const byPool = new Map<string, FileRequest[]>(pools.map(({ name }) => [name, []]));
  const unknown: FileRequest[] = [];
  for (const request of requests) (byPool.get(request.pool) ?? unknown).push(request);
  return { byPool, unknown };
}

/** One for each pool that has anything to settle; what does not fit becomes a finding. */
function settlementsOf(settling: Settling): Settlements {
  const { config, pools, asked, input, requests, findings } = settling;
  const settlements: GpuSettlement[] = [];
  let outsidePeriod = 0;
  for (const pool of pools) {
    const found = (requests.byPool.get(pool.name) ?? []).map(({ request }) => request);
    const period = periodOf(pool, found, asked);
    if (period === undefined) {
      outsidePeriod += found.length;
      continue;
    }
    for (const request of found) if (!isInside(request, period)) outsidePeriod += 1;
    const settlement = new GpuSettlement(pool, found, { period, currency: config.currency });
    if (settlement.unrated !== undefined) findings.push(unratedFinding(settlement));
    settlements.push(settlement);
  }
  const hasNone = settlements.length === 0 && outsidePeriod === 0 && input.findings.length === 0;
  if (hasNone) findings.push(noPeriodFinding(pools, input.example));
  return { settlements, outsidePeriod };
}

function periodOf(
  pool: GpuPool,
  requests: readonly GpuRequest[],
  asked: Partial<PoolPeriod>,
): PoolPeriod | undefined {
  const ran = periodOfRequests(pool, requests);
  const fromUnixNano = asked.fromUnixNano ?? ran?.fromUnixNano;
  const untilUnixNano = asked.untilUnixNano ?? ran?.untilUnixNano;
  if (fromUnixNano === undefined || untilUnixNano === undefined || fromUnixNano >= untilUnixNano)
    return undefined;
  return { fromUnixNano, untilUnixNano };
}

function unratedFinding({ pool, unrated }: GpuSettlement): SettleFinding {
  const from = displayInstant(unrated?.fromUnixNano ?? 0n);
  const until = displayInstant(unrated?.untilUnixNano ?? 0n);
  return {
    line: undefined,
    message:
      `pool ${pool.name} has no rate from ${from} to ${until} UTC, so these windows have no bill; add one to its ` +
      `rates with from: ${from.slice(0, 10)}`,
  };
}

/** What became of the file's records. */
function countsOf({ input, requests }: Settling, { outsidePeriod }: Settlements): SettleCounts {
  return {
    records: input.records,
    duplicates: input.duplicates,
    ofPools: input.requests.length - requests.unknown.length,
    outsidePeriod,
    ofUnknownPools: requests.unknown.length,
    reportedAgain: input.reportedAgain,
    notOfPools: input.others,
    unpriced: input.unpriced,
  };
}

async function printJson(settling: Settling, settled: Settlements): Promise<void> {
  const writer = new SettlementJsonWriter(settling.config.currency);
  for (const settlement of settled.settlements) {
    await writer.writePool(settlement);
    checkSums(settling, settlement);
  }
  await writer.end(countsOf(settling, settled), settling.findings);
}

function printTables(settling: Settling, settled: Settlements): void {
  for (const settlement of settled.settlements) {
    console.log(`${formatSettlementOfPool(settlement, settling.config.currency)}\n`);
    checkSums(settling, settlement);
  }
  console.log(formatSettlementEnd(countsOf(settling, settled)));
}

function checkSums({ findings }: Settling, settlement: GpuSettlement): void {
  if (settlement.totals().addsUp) return;
  findings.push({
    line: undefined,
    message: `the sums of pool ${settlement.pool.name} do not agree; please report it`,
  });
}

function printFindings({ file, findings }: Settling): void {
  for (const { line, span, message } of findings.slice(0, FINDINGS_SHOWN_MAX)) {
    const place = line === undefined ? file : `${file}:${line}`;
    const subject = span === undefined ? '' : ` trace ${span.traceId} span ${span.spanId}:`;
    console.error(`${place}:${subject} ${message}`);
  }
  const more = findings.length - FINDINGS_SHOWN_MAX;
  if (more > 0) console.error(`… ${more} more findings`);
}

/** What was not asked for is no finding. */
function printOutsidePeriod({ file }: Settling, { outsidePeriod }: Settlements): void {
  if (outsidePeriod === 0) return;
  const requests = outsidePeriod === 1 ? '1 request' : `${displayCount(outsidePeriod)} requests`;
  console.error(`${file}: ${requests} ran outside of --from and --until: not settled`);
}
