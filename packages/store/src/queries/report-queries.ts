import {
  assert,
  type CostRecord,
  divideHalfEven,
  formatMoney,
  moneyFromPico,
  parseMoney,
} from '@costspan/cost-model';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import {
  type BoundCount,
  type CallSummary,
  type RecordPage,
  type RecordsQuery,
  REPORT_DIMENSIONS,
  type ReportDimension,
  type ReportPeriod,
  type ReportQuery,
  type ReportRow,
  type RequestCost,
  StoreQueryError,
} from '../record-store.ts';
import { periodCondition } from './report-period.ts';

/** Rows of any answer. */
const ROWS_MAX = 10_000;

/** The only SQL that depends on the question; values are always bound as parameters. */
const DIMENSIONS: Readonly<Record<ReportDimension, string>> = {
  feature: 'feature',
  tenant: 'tenant',
  model: 'model',
  provider: 'provider',
  route: 'route',
  service: 'service',
  day: `strftime(make_timestamp((start_unix_nano // 1000)::BIGINT), '%Y-%m-%d')`,
  hour: `strftime(make_timestamp((start_unix_nano // 1000)::BIGINT), '%Y-%m-%dT%H:00Z')`,
};

const NONE = '0.000000000000';

type Row = Record<string, DuckDBValue>;

async function rows(
  connection: DuckDBConnection,
  sql: string,
  values: Readonly<Record<string, DuckDBValue>>,
): Promise<Row[]> {
  return (await connection.runAndReadAll(sql, values)).getRowObjects();
}

/**
 * Cost per request by any dimensions: calls are summed to requests within each group, and requests are
 * described. All amounts stay DECIMAL; the mean is divided here, because SQL would divide doubles.
 */
export async function report(connection: DuckDBConnection, query: ReportQuery): Promise<ReportRow[]> {
  const period = periodCondition(query);
  const limit = checkedLimit(query.limit ?? ROWS_MAX);
  checkDimensions(query.by);
  const keys = query.by.map((dimension, index) => `${DIMENSIONS[dimension]} AS key_${index}`).join(', ');
  const names = query.by.map((_dimension, index) => `key_${index}`).join(', ');
  const grouping = names === '' ? '' : `GROUP BY ${names}`;
  const sql = `
    WITH requests AS (
      SELECT ${keys === '' ? '' : `${keys},`} trace_id,
        sum(total) FILTER (status = 'priced') AS cost,
        count(*) AS calls,
        count(*) FILTER (status = 'priced') AS priced,
        count(*) FILTER (status = 'unpriced') AS unpriced,
        count(*) FILTER (status = 'duplicate') AS duplicates,
        sum(input_tokens) FILTER (status <> 'duplicate') AS input_tokens,
        sum(cache_read_tokens) FILTER (status <> 'duplicate') AS cache_read_tokens,
        sum(cache_write_tokens) FILTER (status <> 'duplicate') AS cache_write_tokens,
        sum(output_tokens) FILTER (status <> 'duplicate') AS output_tokens,
        sum(reasoning_tokens) FILTER (status <> 'duplicate') AS reasoning_tokens
      FROM cost_records WHERE ${period.sql}
      GROUP BY ${names === '' ? '' : `${names},`} trace_id
    )
    SELECT ${names === '' ? '' : `${names},`}
      count(*) FILTER (priced + unpriced > 0) AS requests,
      count(cost) AS priced_requests,
      sum(calls) AS calls, sum(priced) AS priced, sum(unpriced) AS unpriced, sum(duplicates) AS duplicates,
      sum(cost)::VARCHAR AS total, max(cost)::VARCHAR AS max_cost,
      quantile_disc(cost, 0.5)::VARCHAR AS p50, quantile_disc(cost, 0.95)::VARCHAR AS p95,
      sum(input_tokens) AS input, sum(cache_read_tokens) AS cache_read, sum(cache_write_tokens) AS cache_write,
      sum(output_tokens) AS output, sum(reasoning_tokens) AS reasoning
    FROM requests ${grouping}
    ORDER BY sum(cost) DESC NULLS LAST ${names === '' ? '' : `, ${names}`} LIMIT ${limit}`;
  const found = await rows(connection, sql, period.values);
  return found.filter((row) => count(row['calls']) > 0).map((row) => reportRow(query.by, row));
}

function reportRow(by: readonly ReportDimension[], row: Row): ReportRow {
  const total = text(row['total']);
  return {
    key: Object.fromEntries(by.map((dimension, index) => [dimension, text(row[`key_${index}`])])),
    requests: count(row['requests']),
    calls: count(row['calls']),
    pricedCalls: count(row['priced']),
    unpricedCalls: count(row['unpriced']),
    duplicateCalls: count(row['duplicates']),
    mean: total === null ? null : mean(total, count(row['priced_requests'])),
    p50: text(row['p50']),
    p95: text(row['p95']),
    max: text(row['max_cost']),
    total: total ?? NONE,
    tokens: {
      input: count(row['input']),
      cacheRead: count(row['cache_read']),
      cacheWrite: count(row['cache_write']),
      output: count(row['output']),
      reasoning: count(row['reasoning']),
    },
  };
}

function mean(total: string, requests: number): string {
  const pico = parseMoney(total);
  assert(pico !== undefined, 'a sum has at most 12 places', { total });
  return formatMoney(moneyFromPico(divideHalfEven(pico, BigInt(requests))));
}

/** What became of the calls. All three read one state of the books, so that the reasons add up. */
export async function summary(connection: DuckDBConnection, query: ReportPeriod): Promise<CallSummary> {
  const { sql, values } = periodCondition(query);
  const [all] = await rows(connection, `${SUMMARY_TOTALS} WHERE ${sql}`, values);
  const reasons = await rows(
    connection,
    `${REASON_COUNTS} WHERE ${sql} AND status <> 'priced' ${BY_REASON}`,
    values,
  );
  const bounds = await rows(connection, `${BOUND_COUNTS} WHERE ${sql} AND ${IS_BOUND} ${BY_BOUND}`, values);
  return callSummary(all ?? {}, reasons, bounds);
}

const SUMMARY_TOTALS = `SELECT count(DISTINCT trace_id) FILTER (status <> 'duplicate') AS requests,
  count(*) AS calls,
  count(*) FILTER (status = 'priced') AS priced,
  count(*) FILTER (status = 'unpriced') AS unpriced,
  count(*) FILTER (status = 'duplicate') AS duplicates,
  (sum(total) FILTER (status = 'priced'))::VARCHAR AS total, any_value(currency) AS currency
  FROM cost_records`;
const REASON_COUNTS = 'SELECT status, reason, reason_detail, count(*) AS calls FROM cost_records';
const BY_REASON = `GROUP BY ALL ORDER BY status DESC, calls DESC, reason, reason_detail LIMIT ${ROWS_MAX}`;

const BOUND_COUNTS = 'SELECT usage_bound, count(*) AS calls, sum(total)::VARCHAR AS total FROM cost_records';
const IS_BOUND = "status = 'priced' AND usage_bound IS NOT NULL";
const BY_BOUND = 'GROUP BY usage_bound ORDER BY usage_bound DESC';

function callSummary(all: Row, reasons: readonly Row[], bounds: readonly Row[]): CallSummary {
  return {
    requests: count(all['requests']),
    calls: count(all['calls']),
    pricedCalls: count(all['priced']),
    unpricedCalls: count(all['unpriced']),
    duplicateCalls: count(all['duplicates']),
    total: text(all['total']) ?? NONE,
    currency: text(all['currency']),
    reasons: reasons.map((row) => ({
      status: text(row['status']) === 'duplicate' ? 'duplicate' : 'unpriced',
      reason: text(row['reason']) ?? '',
      detail: text(row['reason_detail']),
      calls: count(row['calls']),
    })),
    bounds: bounds.map((row) => ({
      bound: text(row['usage_bound']) as BoundCount['bound'],
      calls: count(row['calls']),
      total: text(row['total']) ?? NONE,
    })),
  };
}

export async function topRequests(
  connection: DuckDBConnection,
  query: ReportPeriod & { readonly limit: number },
): Promise<RequestCost[]> {
  const period = periodCondition(query);
  const limit = checkedLimit(query.limit);
  const list = (column: string): string =>
    `to_json(list_sort(list(DISTINCT ${column}) FILTER (${column} IS NOT NULL AND status <> 'duplicate')))::VARCHAR`;
  const found = await rows(
    connection,
    `SELECT trace_id, min(start_unix_nano)::VARCHAR AS start, ${list('feature')} AS features, ${list('tenant')} AS tenants,
      ${list('model')} AS models, count(*) FILTER (status <> 'duplicate') AS calls,
      count(*) FILTER (status = 'unpriced') AS unpriced, (sum(total) FILTER (status = 'priced'))::VARCHAR AS total
    FROM cost_records WHERE ${period.sql} GROUP BY trace_id HAVING count(total) > 0
    ORDER BY sum(total) FILTER (status = 'priced') DESC, trace_id LIMIT ${limit}`,
    period.values,
  );
  return found.map((row) => ({
    traceId: text(row['trace_id']) ?? '',
    startTimeUnixNano: text(row['start']) ?? '',
    features: texts(row['features']),
    tenants: texts(row['tenants']),
    models: texts(row['models']),
    calls: count(row['calls']),
    unpricedCalls: count(row['unpriced']),
    total: text(row['total']) ?? NONE,
  }));
}

/**
 * The next records by start. The inner query finds the page by the narrow columns alone, so that the records
 * are read for this page only.
 */
export async function records(connection: DuckDBConnection, query: RecordsQuery): Promise<RecordPage> {
  const period = periodCondition(query);
  const limit = checkedLimit(query.limit);
  const after = query.afterKey === undefined ? undefined : readPageKey(query.afterKey);
  const found = await rows(
    connection,
    `SELECT start_unix_nano, trace_id, span_id, record FROM cost_records WHERE rowid IN (
      SELECT rowid FROM cost_records WHERE ${period.sql} AND ${after === undefined ? 'TRUE' : AFTER_KEY}
      ORDER BY ${PAGE_ORDER} LIMIT ${limit}
    ) ORDER BY ${PAGE_ORDER}`,
    { ...period.values, ...after },
  );
  const last = found.at(-1);
  return {
    records: found.map((row) => JSON.parse(text(row['record']) ?? 'null') as CostRecord),
    nextKey: found.length < limit || last === undefined ? undefined : pageKey(last),
  };
}

const PAGE_ORDER = 'start_unix_nano, trace_id, span_id';
const AFTER_KEY = `start_unix_nano >= $start::UBIGINT
  AND (start_unix_nano > $start::UBIGINT OR (trace_id, span_id) > ($trace, $span))`;

function pageKey(row: Row): string {
  return `${text(row['start_unix_nano'])}-${text(row['trace_id'])}-${text(row['span_id'])}`;
}

function readPageKey(key: string): Readonly<Record<string, DuckDBValue>> {
  const [, start, trace, span] = /^(\d{1,20})-([0-9a-f]+)-([0-9a-f]+)$/.exec(key) ?? [];
  if (start === undefined || trace === undefined || span === undefined) {
    throw new StoreQueryError('invalid_query', 'afterKey must be the nextKey of the page before');
  }
  return { start: BigInt(start), trace, span };
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= ROWS_MAX) return limit;
  throw new StoreQueryError(
    'invalid_query',
    `limit must be a whole number from 1 to ${ROWS_MAX}, not ${limit}`,
  );
}

function checkDimensions(by: readonly string[]): void {
  const known = by.every((name, index) => Object.hasOwn(DIMENSIONS, name) && by.indexOf(name) === index);
  if (known) return;
  const message = `by must name some of ${REPORT_DIMENSIONS.join(', ')}, each once, not ${by.join(', ')}`;
  throw new StoreQueryError('invalid_query', message);
}

function text(value: DuckDBValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function texts(value: DuckDBValue | undefined): string[] {
  return JSON.parse(text(value) ?? 'null') ?? [];
}

function count(value: DuckDBValue | undefined): number {
  return Number(value ?? 0);
}
