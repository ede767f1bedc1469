import type { GpuRequest } from '@costspan/allocation';
import { readSettleRecord, type SettleRecord, SettleRecordError } from './gpu-settle-record.ts';

/** A request of a file, and the line that it is from. */
export interface FileRequest {
  readonly line: number;
  readonly pool: string;
  readonly request: GpuRequest;
}

/** Something to mend, and where. */
export interface SettleFinding {
  readonly line: number | undefined;
  /** The span that it is about, where it is about one. */
  readonly span?: SpanIds | undefined;
  readonly message: string;
}

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** What a file has for a settlement. Records are requests of pools, others, reports of a call again, and unpriced ones. */
export interface SettleInput {
  readonly requests: readonly FileRequest[];
  readonly findings: readonly SettleFinding[];
  /** Spans with a record that could be read; one that the file has twice counts once. */
  readonly records: number;
  /** Records of a span that the file had before. */
  readonly duplicates: number;
  /** Records of calls that another span reports too, and is billed for. */
  readonly reportedAgain: number;
  /** Records that no pool has to do with. */
  readonly others: number;
  /** Calls of model servers that have no part in a pool, by reason. */
  readonly unpriced: ReadonlyMap<string, number>;
  /** A call that no pool has to do with, of a model server if there is one. */
  readonly example: ExampleCall | undefined;
}

/** What `match` of a pool can be compared with; `undefined` where it is not known. */
export interface ExampleCall {
  readonly line: number;
  readonly serviceName: string | undefined;
  /** In spans only: a record does not keep it. */
  readonly serverAddress: string | undefined;
  readonly model: string | undefined;
  readonly provider: string | undefined;
}

/** The record of a span that is kept. */
interface HeldRecord {
  line: number;
  record: SettleRecord;
  /** The finding was made. */
  conflict: boolean;
}

/** Clocks differ by less. */
const FUTURE_NANOS_MAX = 5_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

/** From the least to the greatest: of two records of a span one with a cost is kept. */
const KINDS: readonly SettleRecord['kind'][] = ['other', 'again', 'unpriced', 'request'];

/**
 * Sorts out the records of a file.
 *
 * 1. What cannot be read or is of the future is a finding.
 * 2. Of records of one span the one with the greatest content is kept, whatever their order. Contents that differ are a
 *    finding: only what a settlement depends on is compared, so that an estimated record and a settled one are the same.
 * 3. When all were added, `finish` sorts them by what they are.
 */
export class SettleCollector implements SettleInput {
  readonly requests: FileRequest[] = [];
  readonly findings: SettleFinding[] = [];
  readonly unpriced: Map<string, number> = new Map();
  readonly #held = new Map<string, HeldRecord>();
  readonly #futureUnixNano: bigint;
  #exampleKind: SettleRecord['kind'] = 'other';
  example: ExampleCall | undefined;
  records = 0;
  duplicates = 0;
  reportedAgain = 0;
  others = 0;

  constructor(nowUnixMillis: number) {
    this.#futureUnixNano = BigInt(Math.floor(nowUnixMillis)) * NANOS_PER_MILLI + FUTURE_NANOS_MAX;
  }

  add(line: number, value: unknown, serverAddress?: string): void {
    const record = this.#read(line, value);
    if (record === undefined) return;
    const { traceId, spanId } = value as SpanIds;
    const key = `${traceId} ${spanId}`;
    const held = this.#held.get(key);
    if (held === undefined) {
      this.#held.set(key, { line, record, conflict: false });
      const isBetter = record.kind === 'unpriced' && this.#exampleKind !== 'unpriced';
      if (isBetter || (record.kind === 'other' && this.example === undefined)) {
        this.example = exampleOf(line, value, serverAddress);
        this.#exampleKind = record.kind;
      }
    } else {
      this.duplicates += 1;
      this.#keepGreater(held, { line, record, span: { traceId, spanId } });
    }
  }

  fail(line: number | undefined, message: string, span?: SpanIds): void {
    this.findings.push({ line, span, message });
  }

  finish(): SettleInput {
    for (const { line, record } of this.#held.values()) this.#count(line, record);
    this.records = this.#held.size;
    this.#held.clear();
    return this;
  }

  #read(line: number, value: unknown): SettleRecord | undefined {
    try {
      const record = readSettleRecord(value);
      if (record.kind === 'request') this.#expectPast(record.request);
      return record;
    } catch (error) {
      if (!(error instanceof SettleRecordError)) throw error;
      this.fail(line, error.message, spanIdsOf(value));
      return undefined;
    }
  }

  #expectPast({ intervals }: GpuRequest): void {
    if (intervals.some(({ endUnixNano }) => endUnixNano > this.#futureUnixNano)) {
      throw new SettleRecordError(
        'the request ends in the future: set the clock of the process that wrote it',
      );
    }
  }

  #keepGreater(
    held: HeldRecord,
    { line, record, span }: { readonly line: number; readonly record: SettleRecord; readonly span: SpanIds },
  ): void {
    const [before, now] = [contentOf(held.record), contentOf(record)];
    if (now === before) return;
    if (!held.conflict) {
      this.fail(
        line,
        `the record differs from the one of the same span in line ${held.line}, and one of them is settled: leave out ` +
          'the one that is wrong',
        span,
      );
    }
    held.conflict = true;
    if (now < before) return;
    held.line = line;
    held.record = record;
  }

  #count(line: number, record: SettleRecord): void {
    if (record.kind === 'request') {
      this.requests.push({ line, pool: record.pool, request: record.request });
    } else if (record.kind === 'unpriced') {
      const { reason, detail } = record;
      const key = detail === undefined ? reason : `${reason} (${detail})`;
      this.unpriced.set(key, (this.unpriced.get(key) ?? 0) + 1);
    } else if (record.kind === 'again') this.reportedAgain += 1;
    else this.others += 1;
  }
}

/** A record as a text: the same for the same content, and of two texts one is the greater. */
function contentOf(record: SettleRecord): string {
  const fields = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return `${KINDS.indexOf(record.kind)} ${fields}`;
}

function spanIdsOf(value: unknown): SpanIds | undefined {
  const { traceId, spanId } = (value ?? {}) as Partial<Record<string, unknown>>;
  const known = typeof traceId === 'string' && /^[0-9a-f]{32}$/.test(traceId);
  if (!known || typeof spanId !== 'string' || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  return { traceId, spanId };
}

function exampleOf(line: number, value: unknown, serverAddress: string | undefined): ExampleCall {
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (key: string): string | undefined => {
    const field = fields[key];
    return typeof field === 'string' ? field : undefined;
  };
  return {
    line,
    serviceName: text('service'),
    serverAddress,
    model: text('model') ?? text('requestModel'),
    provider: text('provider'),
  };
}
