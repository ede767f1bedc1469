import { assert, type CostRecord, parseMoney, USAGE_BUCKET_NAMES, USAGE_BUCKETS } from '@costspan/cost-model';
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreWriteError } from './record-store.ts';

/** Records of one transaction; a commit costs a disk flush, so waiting writes share one. */
const RECORDS_PER_COMMIT_MAX = 5000;

interface QueuedWrite {
  /** The key and the row of each record, in order. */
  readonly keys: readonly string[];
  readonly rows: readonly string[];
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
      this.#queue.push({ keys: records.map(keyOf), rows: records.map(rowOf), resolve, reject });
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
      count += this.#queue[end]?.keys.length ?? 0;
      end += 1;
    }
    this.#queuedRecords -= count;
    return this.#queue.splice(0, end);
  }

  async #commit(group: readonly QueuedWrite[]): Promise<void> {
    const byKey = new Map<string, string>();
    for (const { keys, rows } of group) {
      keys.forEach((key, index) => {
        if (!byKey.has(key)) byKey.set(key, rows[index] ?? '');
      });
    }
    const reader = await this.#connection.runAndReadAll(INSERT, [`[${[...byKey.values()].join(',')}]`]);
    const unclaimed = new Set(
      reader.getRows().map(([traceId, spanId]) => `${String(traceId)} ${String(spanId)}`),
    );
    // The first write that brought a new key has it; a later one with the same key was a redelivery.
    for (const { keys, resolve } of group) resolve(keys.map((key) => unclaimed.delete(key)));
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
  start_unix_nano: 'UBIGINT',
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

/**
 * One parameter, a JSON array of rows; money travels as text and becomes DECIMAL without passing a float. Only
 * the strict form refuses a value that does not fit its column; the other one would make it NULL.
 */
const INSERT = `INSERT INTO cost_records (${COLUMN_NAMES})
  SELECT ${COLUMN_NAMES} FROM (SELECT unnest(from_json_strict($1, '${JSON.stringify([COLUMNS])}'), recursive := true))
  ON CONFLICT DO NOTHING RETURNING trace_id, span_id`;

function rowOf(record: CostRecord): string {
  const total = record.cost?.total ?? null;
  assert(total === null || parseMoney(total) !== undefined, 'a total has at most 12 places', { total });
  const tokens = tokensOf(record);
  const row: { [column in keyof typeof COLUMNS]: string | null } = {
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
    total,
    input_tokens: String(tokens['input'] ?? 0n),
    cache_read_tokens: String(tokens['cache_read'] ?? 0n),
    cache_write_tokens: String(tokens['cache_write'] ?? 0n),
    output_tokens: String(tokens['output'] ?? 0n),
    reasoning_tokens: String(tokens['reasoning'] ?? 0n),
    record: JSON.stringify(record),
  };
  const json = JSON.stringify(row);
  return json.includes(HALF_PAIR_ESCAPE) ? JSON.stringify(row, withoutHalfPairs) : json;
}

/**
 * How JSON writes half of a surrogate pair, which a span can carry and DuckDB refuses. The columns get U+FFFD
 * in its place; in `record` it stays, because there the escape is itself escaped.
 */
const HALF_PAIR_ESCAPE = '\\ud';

function withoutHalfPairs(_column: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

function tokensOf({ usage }: CostRecord): Readonly<Record<string, bigint>> {
  const tokens: Record<string, bigint> = {};
  for (const bucket of USAGE_BUCKET_NAMES) {
    const { unit, component } = USAGE_BUCKETS[bucket];
    const count = usage?.[bucket];
    if (unit === 'token' && count !== undefined) {
      tokens[component] = (tokens[component] ?? 0n) + BigInt(Math.round(count));
    }
  }
  return tokens;
}
