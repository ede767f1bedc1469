import {
  assert,
  type CostComponent,
  type CostRecord,
  parseMoney,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
} from '@costspan/cost-model';
import {
  BIGINT,
  DECIMAL,
  DuckDBDecimalValue,
  type DuckDBType,
  type DuckDBValue,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api';

/** A column of `cost_records` and what a record has in it. */
interface RecordColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly read: (record: CostRecord) => DuckDBValue;
}

const MONEY = DECIMAL(38, 12);
const MONEY_PICO_END = 10n ** 38n;
const UNIX_NANO_END = 2n ** 64n;

function text(name: string, read: (record: CostRecord) => string | null): RecordColumn {
  return { name, type: VARCHAR, read };
}

function tokens(name: string, component: CostComponent): RecordColumn {
  const buckets = USAGE_BUCKET_NAMES.filter(
    (bucket) => USAGE_BUCKETS[bucket].unit === 'token' && USAGE_BUCKETS[bucket].component === component,
  );
  const read = ({ usage }: CostRecord): bigint => {
    let sum = 0n;
    for (const bucket of buckets) {
      const count = usage?.[bucket] ?? 0;
      assert(Number.isSafeInteger(count), 'tokens are counted in whole numbers', { bucket, count });
      sum += BigInt(count);
    }
    return sum;
  };
  return { name, type: BIGINT, read };
}

/** What is read here fits its type: the database's client cuts off what does not, without a word. */
export const RECORD_COLUMNS: readonly RecordColumn[] = [
  text('trace_id', (record) => record.traceId),
  text('span_id', (record) => record.spanId),
  text('entry_span_id', (record) => record.entrySpanId),
  { name: 'start_unix_nano', type: UBIGINT, read: startUnixNano },
  text('service', (record) => record.service),
  text('environment', (record) => record.environment),
  text('feature', (record) => record.feature),
  text('tenant', (record) => record.tenant),
  text('route', (record) => record.route),
  text('provider', (record) => record.provider),
  text('model', (record) => record.model),
  text('operation', (record) => record.operation),
  text('status', (record) => record.status),
  text('reason', (record) => record.reason),
  text('reason_detail', (record) => record.reasonDetail),
  text('currency', (record) => record.cost?.currency ?? null),
  { name: 'total', type: MONEY, read: total },
  tokens('input_tokens', 'input'),
  tokens('cache_read_tokens', 'cache_read'),
  tokens('cache_write_tokens', 'cache_write'),
  tokens('output_tokens', 'output'),
  tokens('reasoning_tokens', 'reasoning'),
  text('record', (record) => JSON.stringify(record)),
  text('usage_bound', usageBound),
];

/** How far the usage can be trusted, where that is not all the way. */
function usageBound({ usageSource, usageIncomplete }: CostRecord): string | null {
  return usageSource === 'estimated' ? 'estimated' : usageIncomplete;
}

function startUnixNano({ startTimeUnixNano }: CostRecord): bigint {
  const nano = /^\d{1,20}$/.test(startTimeUnixNano) ? BigInt(startTimeUnixNano) : UNIX_NANO_END;
  assert(nano < UNIX_NANO_END, 'a start is a 64-bit count of nanoseconds', { startTimeUnixNano });
  return nano;
}

function total({ cost }: CostRecord): DuckDBDecimalValue | null {
  if (cost === null) return null;
  const pico = parseMoney(cost.total);
  assert(
    pico !== undefined && pico < MONEY_PICO_END && pico > -MONEY_PICO_END,
    'a total has at most 26 places before the point and 12 after it',
    { total: cost.total },
  );
  return new DuckDBDecimalValue(pico, MONEY.width, MONEY.scale);
}
