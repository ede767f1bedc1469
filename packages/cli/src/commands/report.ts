import type { CallSummary, ReportDimension, ReportPeriod, ReportRow, RequestCost } from '@costspan/store';
import { type Command, InvalidArgumentError } from 'commander';
import { formatCallSummary, formatReportTable, formatTopRequests } from '../format-report.ts';
import { type ConfigOptions, requireConfig } from '../load-config.ts';
import { parseCount, parseDate } from '../parse-option.ts';

interface ReportOptions extends ConfigOptions {
  readonly by?: readonly ReportDimension[];
  readonly from?: Date;
  readonly until?: Date;
  readonly limit: number;
  readonly json?: boolean;
}

/** What `--json` prints; amounts are decimal strings with 12 places, `null` where nothing was priced. */
interface ReportJson {
  readonly schema: 'costspan.report.v1';
  readonly from: string | null;
  readonly until: string | null;
  readonly summary: CallSummary;
  readonly reports: readonly {
    readonly by: readonly ReportDimension[];
    readonly rows: readonly ReportRow[];
  }[];
  readonly topRequests: readonly RequestCost[];
}

/** Written out, because the store's own list comes with its native code, which the help does not need. */
const DIMENSIONS = Object.keys({
  feature: true,
  tenant: true,
  model: true,
  provider: true,
  route: true,
  service: true,
  day: true,
  hour: true,
} satisfies Record<ReportDimension, true>) as readonly ReportDimension[];
const DEFAULT_TABLES: readonly (readonly ReportDimension[])[] = [['feature'], ['tenant'], ['model']];
const TOP_REQUESTS = 3;
const ROWS_DEFAULT = 20;

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('Shows what requests cost, by feature, tenant, model or other dimensions.')
    .option(
      '--by <dimensions>',
      `one or more of ${DIMENSIONS.join(', ')}, separated by commas (default: a table each by feature, tenant, model)`,
      parseDimensions,
    )
    .option('--from <date>', 'calls that started at or after this day or time, UTC', parseDate)
    .option('--until <date>', 'calls that started before this day or time, UTC', parseDate)
    .option('--limit <rows>', 'rows of a table, the costliest first', parseCount, ROWS_DEFAULT)
    .option('--data <folder>', 'data folder (default: store.path)')
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON: every row, amounts with 12 places')
    .addHelpText(
      'after',
      '\nExample:\n  costspan report --by feature,model --from 2026-11-01 --until 2026-12-01',
    )
    .action(report);
}

async function report(options: ReportOptions): Promise<void> {
  const config = requireConfig(options);
  // The store's native code is loaded only by the commands that need it.
  const { openReportSource } = await import('../report-source.ts');
  const source = await openReportSource(config.store.path);
  try {
    const period: ReportPeriod = {
      ...(options.from === undefined ? {} : { from: options.from.toISOString() }),
      ...(options.until === undefined ? {} : { until: options.until.toISOString() }),
    };
    const tables = options.by === undefined ? DEFAULT_TABLES : [options.by];
    const result: ReportJson = {
      schema: 'costspan.report.v1',
      from: period.from ?? null,
      until: period.until ?? null,
      summary: await source.summary(period),
      reports: await Promise.all(tables.map(async (by) => ({ by, rows: await source.report(by, period) }))),
      topRequests: await source.topRequests(TOP_REQUESTS, period),
    };
    console.log(
      options.json === true ? JSON.stringify(result, null, 2) : formatReport(result, options.limit),
    );
  } finally {
    await source.close();
  }
}

function formatReport({ summary, reports, topRequests }: ReportJson, rowsMax: number): string {
  if (summary.calls === 0) return 'No calls are recorded in this period.';
  return [
    ...reports.map(({ by, rows }) => formatReportTable(by, rows, rowsMax)),
    formatCallSummary(summary),
    ...(topRequests.length === 0 ? [] : [formatTopRequests(topRequests)]),
  ].join('\n\n');
}

function parseDimensions(text: string): ReportDimension[] {
  return text.split(',').map((part) => {
    const dimension = DIMENSIONS.find((one) => one === part.trim());
    if (dimension === undefined) {
      throw new InvalidArgumentError(`"${part}" is none of ${DIMENSIONS.join(', ')}.`);
    }
    return dimension;
  });
}
