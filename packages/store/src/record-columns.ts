import {
  assert,
  type CostComponent,
  type CostRecord,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
} from '@costspan/cost-model';
import { BIGINT, UBIGINT } from '@duckdb/node-api';
import { gpuSpanOf } from './gpu-span.ts';
import { moneyColumn, type TableColumn, textColumn, unixNanoColumn } from './table-column.ts';

type RecordColumn = TableColumn<CostRecord>;

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

/** The columns of `cost_records`. */
export const RECORD_COLUMNS: readonly RecordColumn[] = [
  textColumn('trace_id', (record) => record.traceId),
  textColumn('span_id', (record) => record.spanId),
  textColumn('entry_span_id', (record) => record.entrySpanId),
  unixNanoColumn('start_unix_nano', (record) => record.startTimeUnixNano),
  textColumn('service', (record) => record.service),
  textColumn('environment', (record) => record.environment),
  textColumn('feature', (record) => record.feature),
  textColumn('tenant', (record) => record.tenant),
  textColumn('route', (record) => record.route),
  textColumn('provider', (record) => record.provider),
  textColumn('model', (record) => record.model),
  textColumn('operation', (record) => record.operation),
  textColumn('status', (record) => record.status),
  textColumn('reason', (record) => record.reason),
  textColumn('reason_detail', (record) => record.reasonDetail),
  textColumn('currency', (record) => record.cost?.currency ?? null),
  moneyColumn('total', (record) => record.cost?.total ?? null),
  tokens('input_tokens', 'input'),
  tokens('cache_read_tokens', 'cache_read'),
  tokens('cache_write_tokens', 'cache_write'),
  tokens('output_tokens', 'output'),
  tokens('reasoning_tokens', 'reasoning'),
  textColumn('record', (record) => JSON.stringify(record)),
  textColumn('usage_bound', usageBound),
  textColumn('gpu_pool', (record) => record.gpu?.pool ?? null),
  textColumn('gpu_basis', (record) => record.gpu?.basis ?? null),
  { name: 'gpu_start_unix_nano', type: UBIGINT, read: (record) => gpuSpanOf(record)?.startUnixNano ?? null },
  { name: 'gpu_end_unix_nano', type: UBIGINT, read: (record) => gpuSpanOf(record)?.endUnixNano ?? null },
];

/** How far the cost can be trusted, where that is not all the way. Tokens that are missing leave GPU time as it is. */
function usageBound({ usageSource, usageIncomplete, gpu }: CostRecord): string | null {
  if (gpu !== undefined && gpu !== null) return gpu.basis === 'estimated' ? 'gpu_estimated' : null;
  return usageSource === 'estimated' ? 'estimated' : usageIncomplete;
}
