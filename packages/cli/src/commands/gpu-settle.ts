import type { PoolPeriod } from '@costspan/allocation';
import type { CostspanConfig } from '@costspan/config';
import type { GpuPool } from '@costspan/cost-model';
import type { EnrichmentSettings, OtlpEncoding } from '@costspan/gateway';
import { type Command, Option } from 'commander';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { formatSettlementEnd, formatSettlementOfPool } from '../format-gpu-settlement.ts';
import { NO_POOLS_TEXT, selectPools } from '../gpu-pools.ts';
import {
  type FileRequest,
  readSettleInput,
  type SettleFinding,
  type SettleInput,
} from '../gpu-settle-input.ts';
import { GpuSettlement, isInside, periodOfRequests } from '../gpu-settlement.ts';
import { SettlementJsonWriter } from '../gpu-settlement-json.ts';
import { displayInstant, unixNanoOf } from '../iso-instant.ts';
import { configFolder, requireConfig } from '../load-config.ts';
import { loadPriceBookUnder, printWarnings } from '../load-price-book.ts';
import { parseDate } from '../parse-option.ts';

interface SettleOptions {
  readonly from?: Date;
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
  readonly findings: SettleFinding[];
}

const FINDINGS_SHOWN_MAX = 100;

const HELP = `
The file has cost records (JSON lines) or OTLP traces, gzip or not; - is standard input. Every window of the period is
settled by itself, from nothing but the file and the configuration. Without --from and --to the period is the windows in
which the file's requests ran. For each pool: requests + slack that nobody is charged + idle + unsampled + overhead = bill.

Example:
  costspan gpu settle records.jsonl --from 2026-11-20T10:00:00Z --to 2026-11-20T11:00:00Z --json`;

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
    .option('--to <date>', 'end of the period, UTC, not included', parseDate)
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
  const asked = askedPeriod(options);
  const input = await readSettleInput(file, {
    nowUnixMillis: Date.now(),
    encoding: options.format,
    settings: () => enrichmentSettings(config, options),
  });
  const settling: Settling = { file, config, pools, asked, input, findings: [...input.findings] };
  const settlements = settlementsOf(settling);
  if (options.json === true) await printJson(settling, settlements);
  else printTables(settling, settlements);
  if (settling.findings.length > 0 || input.unpriced.size > 0) process.exitCode = EXIT_FINDING;
  printFindings(settling);
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

function askedPeriod({ from, to }: SettleOptions): Partial<PoolPeriod> {
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError('--from must be before --to');
  return {
    ...(from === undefined ? {} : { fromUnixNano: unixNanoOf(from) }),
    ...(to === undefined ? {} : { untilUnixNano: unixNanoOf(to) }),
  };
}

/** One for each pool that has anything to settle; what does not fit becomes a finding. */
function settlementsOf(settling: Settling): GpuSettlement[] {
  const { config, pools, asked, input, findings } = settling;
  const byPool = requestsByPool(settling);
  const settlements: GpuSettlement[] = [];
  for (const pool of pools) {
    const found = byPool.get(pool.name) ?? [];
    const period = periodOf(pool, found, asked);
    if (period === undefined) continue;
    for (const { line, request } of found) {
      if (!isInside(request, period)) {
        findings.push({
          line,
          message: 'the request ran outside of --from and --to; widen them, or leave it out',
        });
      }
    }
    const requests = found.map(({ request }) => request);
    const settlement = new GpuSettlement(pool, requests, { period, currency: config.currency });
    if (settlement.unrated !== undefined) findings.push(unratedFinding(settlement));
    settlements.push(settlement);
  }
  if (settlements.length === 0 && input.findings.length === 0) {
    findings.push({
      line: undefined,
      message: 'no request of it was served by a pool, so there is no period; name one',
    });
  }
  return settlements;
}

function requestsByPool({
  config,
  pools,
  input,
  findings,
}: Settling): ReadonlyMap<string, readonly FileRequest[]> {
  const byPool = new Map<string, FileRequest[]>(pools.map(({ name }) => [name, []]));
  const configured = new Set(config.pools.map(({ name }) => name));
  for (const request of input.requests) {
    const list = byPool.get(request.pool);
    if (list !== undefined) list.push(request);
    else if (!configured.has(request.pool)) {
      findings.push({
        line: request.line,
        message: `pool ${request.pool} is not in the configuration; add it to pools`,
      });
    }
  }
  return byPool;
}

function periodOf(
  pool: GpuPool,
  found: readonly FileRequest[],
  asked: Partial<PoolPeriod>,
): PoolPeriod | undefined {
  const ran = periodOfRequests(
    pool,
    found.map(({ request }) => request),
  );
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

async function printJson(settling: Settling, settlements: readonly GpuSettlement[]): Promise<void> {
  const writer = new SettlementJsonWriter(settling.config.currency);
  for (const settlement of settlements) {
    await writer.writePool(settlement);
    checkSums(settling, settlement);
  }
  await writer.end(settling.input, settling.findings);
}

function printTables(settling: Settling, settlements: readonly GpuSettlement[]): void {
  for (const settlement of settlements) {
    console.log(`${formatSettlementOfPool(settlement, settling.config.currency)}\n`);
    checkSums(settling, settlement);
  }
  console.log(formatSettlementEnd(settling.input));
}

function checkSums({ findings }: Settling, settlement: GpuSettlement): void {
  if (settlement.totals().addsUp) return;
  findings.push({
    line: undefined,
    message: `the sums of pool ${settlement.pool.name} do not agree; please report it`,
  });
}

function printFindings({ file, findings }: Settling): void {
  for (const { line, message } of findings.slice(0, FINDINGS_SHOWN_MAX)) {
    console.error(`${line === undefined ? file : `${file}:${line}`}: ${message}`);
  }
  const more = findings.length - FINDINGS_SHOWN_MAX;
  if (more > 0) console.error(`… ${more} more findings`);
}
