import type { PoolPeriod } from '@costspan/allocation';
import { type Command, Option } from 'commander';
import { UsageError } from '../exit-code.ts';
import { NO_POOLS_TEXT, selectPools } from '../gpu-pools.ts';
import { gpuReportsJson } from '../gpu-report-json.ts';
import type { GpuQuestion } from '../gpu-reports.ts';
import { unixNanoOf } from '../iso-instant.ts';
import { type ConfigOptions, requireConfig } from '../load-config.ts';
import { parseDate } from '../parse-option.ts';
import { addGpuRatesCommand } from './gpu-rates.ts';
import { addGpuSettleCommand } from './gpu-settle.ts';
import {
  addWorkedExampleOptions,
  printWorkedExample,
  refuseWorkedExampleFlags,
  type WorkedExampleFlags,
} from './gpu-worked-example.ts';

interface GpuOptions extends ConfigOptions, WorkedExampleFlags {
  readonly from?: Date;
  readonly until?: Date;
  readonly pool?: string;
  readonly device?: string;
  readonly windows?: boolean;
  readonly focus?: boolean;
  readonly hostProvider?: string;
  readonly workedExample?: boolean;
  readonly json?: boolean;
}

const HELP = `
Used is the part of the capacity that requests filled, slack what was left beside them, idle the
time in which nothing ran. They add up to the bill, with overhead on top. Without --from it is the
last 24 hours that are closed.

--focus prints allocated charges of FOCUS 1.3: for each month the hours of a pool, and the overhead
on them, are two origin charges, each split by tenant and what nobody carries. The origin charges
themselves are no rows: rows with the same x_OriginChargeId are the parts of one, so do not add them
to the hardware's own rows of the cloud's bill.

Example:
  costspan gpu --from 2026-11-01 --until 2026-11-08 --device http://prometheus:9090`;

export function addGpuCommand(program: Command): void {
  const gpu = program
    .command('gpu')
    .description('Shows what requests cost on hardware that is paid by the hour, and what would lower it.')
    .enablePositionalOptions()
    .option('--from <date>', 'windows that start at or after this day or time, UTC', parseDate)
    .option('--until <date>', 'windows that start before this day or time, UTC', parseDate)
    .option('--pool <name>', 'one pool of the configuration (default: all)')
    .option('--windows', 'list the settled windows too')
    .option(
      '--device <source>',
      'show device utilisation beside: a file or http://…/metrics page of dcgm-exporter or OpenTelemetry, or the ' +
        'address of a Prometheus server, which tells coverage too; costs do not depend on it',
    )
    .addOption(
      new Option('--focus', 'print FOCUS 1.3 split-cost rows as CSV').conflicts([
        'json',
        'device',
        'windows',
      ]),
    )
    .option('--host-provider <name>', 'HostProviderName of the FOCUS rows (default: the owner of the pool)')
    .option('--data <folder>', 'data folder (default: store.path)')
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON: amounts with 12 places')
    .addHelpText('after', HELP)
    .action(showGpu);
  addWorkedExampleOptions(gpu);
  addGpuSettleCommand(gpu);
  addGpuRatesCommand(gpu);
}

async function showGpu(options: GpuOptions): Promise<void> {
  if (options.workedExample === true) return printWorkedExample(options);
  refuseWorkedExampleFlags(options);
  if (options.hostProvider !== undefined && options.focus !== true) {
    throw new UsageError('--host-provider is of the FOCUS rows; add --focus');
  }
  const config = requireConfig(options);
  const pools = selectPools(config, options.pool);
  const period = askedPeriod(options);
  if (pools.length === 0) return explainNoPools({ config, period }, options);
  // The store's native code is loaded only by the commands that need it.
  const { openGpuSource } = await import('../gpu-source.ts');
  const { printGpuReports } = await import('../gpu-reports.ts');
  const source = await openGpuSource(config.store.path);
  try {
    await printGpuReports({ config, pools, period, source }, options);
  } finally {
    await source.close();
  }
}

/** FOCUS has no row for it, so that a program that reads them sees none. */
function explainNoPools(question: Pick<GpuQuestion, 'config' | 'period'>, { json, focus }: GpuOptions): void {
  if (json === true) console.log(JSON.stringify(gpuReportsJson([], question), null, 2));
  else if (focus === true) process.stderr.write(NO_POOLS_TEXT);
  else console.log(NO_POOLS_TEXT.trimEnd());
}

function askedPeriod({ from, until }: GpuOptions): Partial<PoolPeriod> {
  if (from !== undefined && until !== undefined && from >= until) {
    throw new UsageError('--from must be before --until');
  }
  return {
    ...(from === undefined ? {} : { fromUnixNano: unixNanoOf(from) }),
    ...(until === undefined ? {} : { untilUnixNano: unixNanoOf(until) }),
  };
}
