import { type CostRecord, USAGE_BUCKET_NAMES, USAGE_BUCKETS } from '@costspan/cost-model';
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreWriteError } from './record-store.ts';

/** Records of one transaction; a commit costs a disk flush, so waiting writes share one. */
const RECORDS_PER_COMMIT_MAX = 5000;

interface QueuedWrite {
  readonly records: readonly CostRecord[];
  readonly resolve: (isNew: readonly boolean[]) => void;
  readonly reject: (error: StoreWriteError) => void;
}

/**
 * Commits records in the order of their arrival.
 *
 * 1. A write joins the queue; a full queue refuses it.
 * 2. The writes that wait when a commit begins are committed together, in one INSERT of one transaction, which
 *    passes over keys that exist and returns the ones that did not.
 * 3. If a shared commit fails, each of its writes is tried alone, so that one bad write fails by itself.
 */
export class RecordWriter {
  readonly #connection: DuckDBConnection;
  readonly #queuedRecordsMax: number;
  #queue: QueuedWrite[] = [];
  #queuedRecords = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(connection: DuckDBConnection, queuedRecordsMax: number) {
    this.#connection = connection;
    this.#queuedRecordsMax = queuedRecordsMax;
  }

  write(records: readonly CostRecord[]): Promise<readonly boolean[]> {
    if (this.#closed) return Promise.reject(new StoreWriteError('closed', 'the record store is closed'));
    if (records.length === 0) return Promise.resolve([]);
    if (this.#queuedRecords > 0 && this.#queuedRecords + records.length > this.#queuedRecordsMax) {
      const message = `${this.#queuedRecords} records wait to be committed, at most ${this.#queuedRecordsMax} may`;
      return Promise.reject(new StoreWriteError('queue_full', message));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, resolve, reject });
      this.#queuedRecords += records.length;
      this.#running ??= this.#run();
    });
  }

  /** Refuses further writes and waits for those in the queue. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        if (group.length === 1) rejectAll(group, error);
        else for (const write of group) await this.#commit([write]).catch((each) => rejectAll([write], each));
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): QueuedWrite[] {
    let count = 0;
    let end = 0;
    while (end < this.#queue.length && (end === 0 || count < RECORDS_PER_COMMIT_MAX)) {
      count += this.#queue[end]?.records.length ?? 0;
      end += 1;
    }
    this.#queuedRecords -= count;
    return this.#queue.splice(0, end);
  }

  async #commit(group: readonly QueuedWrite[]): Promise<void> {
    const byKey = new Map<string, string>();
    for (const { records } of group) {
      for (const record of records) {
        const key = keyOf(record);
        if (!byKey.has(key)) byKey.set(key, rowOf(record));
      }
    }
    const reader = await this.#connection.runAndReadAll(INSERT, [`[${[...byKey.values()].join(',')}]`]);
    const unclaimed = new Set(
      reader.getRows().map(([traceId, spanId]) => `${String(traceId)} ${String(spanId)}`),
    );
    // The first write that brought a new key has it; a later one with the same key was a redelivery.
    for (const { records, resolve } of group)
      resolve(records.map((record) => unclaimed.delete(keyOf(record))));
  }
}

function rejectAll(group: readonly QueuedWrite[], cause: unknown): void {
  const message = `the records could not be committed: ${cause instanceof Error ? cause.message : String(cause)}`;
  for (const { reject } of group) reject(new StoreWriteError('commit_failed', message, { cause }));
}

function keyOf(record: CostRecord): string {
  return `${record.traceId} ${record.spanId}`;
}

const COLUMNS = {
  trace_id: 'VARCHAR',
  span_id: 'VARCHAR',
  entry_span_id: 'VARCHAR',
  start_unix_nano: 'BIGINT',
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
  reason_detail: 'VARCHAR',
  currency: 'VARCHAR',
  total: 'DECIMAL(38, 12)',
  input_tokens: 'BIGINT',
  cache_read_tokens: 'BIGINT',
  cache_write_tokens: 'BIGINT',
  output_tokens: 'BIGINT',
  reasoning_tokens: 'BIGINT',
  record: 'VARCHAR',
} as const;

const COLUMN_NAMES = Object.keys(COLUMNS).join(', ');

/** One parameter, a JSON array of rows; money travels as text and becomes DECIMAL without passing a float. */
const INSERT = `INSERT INTO cost_records (${COLUMN_NAMES})
  SELECT ${COLUMN_NAMES} FROM (SELECT unnest(from_json($1, '${JSON.stringify([COLUMNS])}'), recursive := true))
  ON CONFLICT DO NOTHING RETURNING trace_id, span_id`;

function rowOf(record: CostRecord): string {
  const tokens = tokensOf(record);
  const row: { [column in keyof typeof COLUMNS]: string | number | null } = {
    trace_id: record.traceId,
    span_id: record.spanId,
    entry_span_id: record.entrySpanId,
    start_unix_nano: record.startTimeUnixNano,
    service: record.service,
    environment: record.environment,
    feature: record.feature,
    tenant: record.tenant,
    route: record.route,
    provider: record.provider,
    model: record.model,
    operation: record.operation,
    status: record.status,
    reason: record.reason,
    reason_detail: record.reasonDetail,
    currency: record.cost?.currency ?? null,
    total: record.cost?.total ?? null,
    input_tokens: tokens['input'] ?? 0,
    cache_read_tokens: tokens['cache_read'] ?? 0,
    cache_write_tokens: tokens['cache_write'] ?? 0,
    output_tokens: tokens['output'] ?? 0,
    reasoning_tokens: tokens['reasoning'] ?? 0,
    record: JSON.stringify(record),
  };
  return JSON.stringify(row);
}

function tokensOf({ usage }: CostRecord): Record<string, number> {
  const tokens: Record<string, number> = {};
  for (const bucket of USAGE_BUCKET_NAMES) {
    const { unit, component } = USAGE_BUCKETS[bucket];
    const count = usage?.[bucket];
    if (unit === 'token' && count !== undefined) tokens[component] = (tokens[component] ?? 0) + count;
  }
  return tokens;
}
