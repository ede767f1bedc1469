import { type CostComponent, USAGE_BUCKET_NAMES, USAGE_BUCKETS } from '@costspan/cost-model';
import { RECORD_COLUMNS } from '../record-columns.ts';
import { TEXT_SEPARATOR } from './write-payload.ts';

const TOKEN_BUCKETS = USAGE_BUCKET_NAMES.filter((bucket) => USAGE_BUCKETS[bucket].unit === 'token');

/** What the database reads of a record's JSON; whatever else is in it stays in the text alone. */
const SHAPE = JSON.stringify({
  traceId: 'VARCHAR',
  spanId: 'VARCHAR',
  entrySpanId: 'VARCHAR',
  startTimeUnixNano: 'UBIGINT',
  service: 'VARCHAR',
  environment: 'VARCHAR',
  feature: 'VARCHAR',
  tenant: 'VARCHAR',
  route: 'VARCHAR',
  provider: 'VARCHAR',
  model: 'VARCHAR',
  operation: 'VARCHAR',
  status: 'VARCHAR',
  reason: 'VARCHAR',
  reasonDetail: 'VARCHAR',
  usageSource: 'VARCHAR',
  usageIncomplete: 'VARCHAR',
  usage: Object.fromEntries(TOKEN_BUCKETS.map((bucket) => [bucket, 'BIGINT'])),
  cost: { currency: 'VARCHAR', total: 'DECIMAL(38,12)' },
  gpu: {
    pool: 'VARCHAR',
    basis: 'VARCHAR',
    intervals: [{ startUnixNano: 'UBIGINT', endUnixNano: 'UBIGINT' }],
  },
});

function tokens(component: CostComponent): string {
  const buckets = TOKEN_BUCKETS.filter((bucket) => USAGE_BUCKETS[bucket].component === component);
  return buckets.map((bucket) => `coalesce(json.usage."${bucket}", 0)`).join(' + ');
}

const GPU_START = `least(json.startTimeUnixNano,
  list_min(list_transform(json.gpu.intervals, lambda each: each.startUnixNano)))`;
/** The end is exclusive and an instant takes one nanosecond; HUGEINT, because that may be one too much for UBIGINT. */
const GPU_END = `least(18446744073709551615::HUGEINT, greatest(json.startTimeUnixNano::HUGEINT + 1,
  list_max(list_transform(json.gpu.intervals,
    lambda each: greatest(each.endUnixNano::HUGEINT, each.startUnixNano::HUGEINT + 1)))))::UBIGINT`;

/** The columns of `RECORD_COLUMNS` in SQL, from `json`, which was read by {@link SHAPE}, and `text`. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  trace_id: 'json.traceId',
  span_id: 'json.spanId',
  entry_span_id: 'json.entrySpanId',
  start_unix_nano: 'json.startTimeUnixNano',
  service: 'json.service',
  environment: 'json.environment',
  feature: 'json.feature',
  tenant: 'json.tenant',
  route: 'json.route',
  provider: 'json.provider',
  model: 'json.model',
  operation: 'json.operation',
  status: 'json.status',
  reason: 'json.reason',
  reason_detail: 'json.reasonDetail',
  currency: 'json.cost.currency',
  total: 'json.cost.total',
  input_tokens: tokens('input'),
  cache_read_tokens: tokens('cache_read'),
  cache_write_tokens: tokens('cache_write'),
  output_tokens: tokens('output'),
  reasoning_tokens: tokens('reasoning'),
  record: 'text',
  usage_bound: `CASE WHEN json.gpu IS NOT NULL THEN if(json.gpu.basis = 'estimated', 'gpu_estimated', NULL)
    WHEN json.usageSource = 'estimated' THEN 'estimated' ELSE json.usageIncomplete END`,
  gpu_pool: 'json.gpu.pool',
  gpu_basis: 'json.gpu.basis',
  gpu_start_unix_nano: `CASE WHEN json.gpu IS NOT NULL THEN ${GPU_START} END`,
  gpu_end_unix_nano: `CASE WHEN json.gpu IS NOT NULL THEN ${GPU_END} END`,
};

const LIST: string = RECORD_COLUMNS.map(({ name }) => `${EXPRESSIONS[name]} AS ${name}`).join(', ');

/**
 * A SELECT of the columns of records that are bound as one parameter, `$texts`, their JSON as a frame of the journal has it:
 * binding a value for each column of each record would hold the main thread for longer than the database needs for everything
 * else.
 */
export const SELECT_RECORDS: string = `SELECT ${LIST} FROM (
  SELECT text, from_json(text, '${SHAPE}') AS json FROM (SELECT ${textsOf('$texts')} AS text))`;

/**
 * The same with two parameters: `$readable`, texts of which the database's JSON reader takes each, and `$texts`, the records as
 * they came. It refuses half of a surrogate pair.
 */
const SELECT_ODD_RECORDS: string = `SELECT ${LIST} FROM (
  SELECT text, from_json(readable, '${SHAPE}') AS json FROM (
    SELECT ${textsOf('$readable')} AS readable, ${textsOf('$texts')} AS text))`;

function textsOf(parameter: string): string {
  const separator = Array.from(TEXT_SEPARATOR, (each) => `chr(${each.charCodeAt(0)})`).join(' || ');
  return `unnest(string_split(decode(${parameter}), ${separator}))`;
}

/** Records as parameters of a SELECT. */
export interface RecordSelect {
  readonly sql: string;
  readonly parameters: { readonly texts: Uint8Array; readonly readable?: Uint8Array };
}

/** @param texts - JSON of records, at least one, as `JSON.stringify` writes it, {@link TEXT_SEPARATOR} between them. */
export function selectRecords(texts: Buffer): RecordSelect {
  // JSON.stringify escapes only halves of pairs this way, and a text may hold the same letters after a backslash.
  if (!texts.includes('\\ud')) return { sql: SELECT_RECORDS, parameters: { texts } };
  const readable = texts
    .toString()
    .split(TEXT_SEPARATOR)
    .map((text) => (text.includes('\\ud') ? wellFormed(text) : text));
  return {
    sql: SELECT_ODD_RECORDS,
    parameters: { texts, readable: Buffer.from(readable.join(TEXT_SEPARATOR)) },
  };
}

function wellFormed(json: string): string {
  const replace = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? value.toWellFormed() : value;
  return JSON.stringify(JSON.parse(json, replace));
}
