import { once } from 'node:events';
import {
  diagnosePool,
  FOCUS_COLUMNS,
  focusChargePeriods,
  focusRows,
  type GpuPoolReport,
  type PoolDiagnosis,
  PoolLedger,
  type PoolMark,
  type PoolPeriod,
} from '@costspan/allocation';
import type { CostspanConfig } from '@costspan/config';
import type { GpuPool, GpuWindowRecord } from '@costspan/cost-model';
import { UsageError } from './exit-code.ts';
import { formatGpuReports } from './format-gpu-report.ts';
import { openDeviceSource } from './gpu-device.ts';
import type { DeviceReading } from './gpu-device-reading.ts';
import { gpuReportsJson } from './gpu-report-json.ts';
import type { GpuSource } from './gpu-source.ts';

/** What is asked for, and of whom. */
export interface GpuQuestion {
  readonly config: CostspanConfig;
  readonly pools: readonly GpuPool[];
  /** What the command line leaves open is the last day that is closed. */
  readonly period: Partial<PoolPeriod>;
  readonly source: GpuSource;
}

export interface GpuPrinting {
  readonly json?: boolean;
  readonly focus?: boolean;
  readonly windows?: boolean;
  readonly device?: string;
  readonly hostProvider?: string;
}

/** The books of a pool and what they mean. */
export interface DiagnosedPool {
  readonly report: GpuPoolReport;
  readonly diagnosis: PoolDiagnosis;
  readonly device: DeviceReading | undefined;
  /** Requests in the books as a part of those that the model servers counted. */
  readonly coverage: number | undefined;
  /** Only where they are asked for. */
  readonly windows: readonly GpuWindowRecord[] | undefined;
}

const DAY_NANOS = 86_400_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;
/** Windows that are asked for at a time, so that those of a year need no more memory than those of a day. */
const WINDOWS_AT_A_TIME = 10_000n;
const WINDOWS_LISTED_MAX = 20_000;

/** Reads the books and prints them: tables and a diagnosis, JSON, or FOCUS rows. */
export async function printGpuReports(question: GpuQuestion, printing: GpuPrinting): Promise<void> {
  const marks = new Map((await question.source.marks()).map((mark) => [mark.pool, mark]));
  if (printing.focus === true) return printFocusRows(question, marks, printing);
  const devices = printing.device === undefined ? undefined : await openDeviceSource(printing.device);
  const diagnosed: DiagnosedPool[] = [];
  const listed = printing.windows === true ? WINDOWS_LISTED_MAX : 0;
  for (const pool of question.pools) {
    const mark = marks.get(pool.name);
    const period = periodOf(question.period, mark);
    const windows: GpuWindowRecord[] = [];
    const report = await readReport(question, pool, { mark, period }, (window) => {
      if (listed > 0 && windows.push(window) > listed) {
        throw new UsageError(`the period has more than ${listed} windows to list; ask for a shorter one`);
      }
    });
    const device = await devices?.read(report);
    const coverage = coverageOf(report, device);
    const measurements = { deviceUtilization: device?.utilization, coverage };
    const diagnosis = diagnosePool(report, measurements);
    diagnosed.push({ report, diagnosis, device, coverage, windows: listed > 0 ? windows : undefined });
  }
  console.log(
    printing.json === true
      ? JSON.stringify(gpuReportsJson(diagnosed, question), null, 2)
      : formatGpuReports(diagnosed),
  );
}

/** What is left open: a day up to what is closed, or from a later beginning on, which is not closed yet. */
function periodOf(asked: Partial<PoolPeriod>, mark: PoolMark | undefined): PoolPeriod {
  const closedUntil = mark?.closedUntilUnixNano ?? undefined;
  const lastUnixNano = closedUntil === undefined ? BigInt(Date.now()) * NANOS_PER_MILLI : BigInt(closedUntil);
  if (asked.fromUnixNano !== undefined && asked.fromUnixNano >= lastUnixNano) {
    return { untilUnixNano: asked.fromUnixNano + DAY_NANOS, ...asked, fromUnixNano: asked.fromUnixNano };
  }
  const untilUnixNano = asked.untilUnixNano ?? lastUnixNano;
  return { fromUnixNano: asked.fromUnixNano ?? untilUnixNano - DAY_NANOS, untilUnixNano };
}

function coverageOf(report: GpuPoolReport, device: DeviceReading | undefined): number | undefined {
  const counted = device?.serverRequests;
  return counted === undefined || counted <= 0 ? undefined : report.requests / counted;
}

async function readReport(
  { source, config }: GpuQuestion,
  pool: GpuPool,
  { mark, period }: { readonly mark: PoolMark | undefined; readonly period: PoolPeriod },
  see: (window: GpuWindowRecord) => void = () => undefined,
): Promise<GpuPoolReport> {
  const ledger = new PoolLedger(pool, period, { mark, currency: config.currency });
  const { asked } = ledger;
  if (asked === undefined) return ledger.report();
  const stepNanos = BigInt(pool.windowSeconds) * NANOS_PER_SECOND * WINDOWS_AT_A_TIME;
  for (let from = asked.fromUnixNano; from < asked.untilUnixNano; from += stepNanos) {
    const end = from + stepNanos;
    const untilUnixNano = end < asked.untilUnixNano ? end : asked.untilUnixNano;
    for (const window of await source.windows(pool.name, { fromUnixNano: from, untilUnixNano })) {
      ledger.add(window);
      see(window);
    }
  }
  return ledger.report();
}

async function printFocusRows(
  question: GpuQuestion,
  marks: ReadonlyMap<string, PoolMark>,
  { hostProvider }: GpuPrinting,
): Promise<void> {
  await writeCsvRow(FOCUS_COLUMNS);
  for (const pool of question.pools) {
    const mark = marks.get(pool.name);
    const whole = periodOf(question.period, mark);
    const { asked } = new PoolLedger(pool, whole, { mark, currency: question.config.currency });
    const serviceProvider = pool.owner ?? SERVICE_PROVIDER_DEFAULT;
    const names = { hostProvider: hostProvider ?? serviceProvider, serviceProvider };
    for (const period of asked === undefined ? [] : focusChargePeriods(pool, asked)) {
      const report = await readReport(question, pool, { mark, period });
      for (const row of focusRows(report, names)) {
        await writeCsvRow(FOCUS_COLUMNS.map((column) => row[column]));
      }
    }
  }
}

const SERVICE_PROVIDER_DEFAULT = 'Self-hosted';

async function writeCsvRow(cells: readonly string[]): Promise<void> {
  const line = cells
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
  if (!process.stdout.write(`${line}\r\n`)) await once(process.stdout, 'drain');
}
