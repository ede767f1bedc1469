import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { GpuRequest } from '@costspan/allocation';
import { COST_RECORD_SCHEMA } from '@costspan/cost-model';
import type { CallHistory, EnrichmentSettings, OtlpEncoding } from '@costspan/gateway';
import { UsageError } from './exit-code.ts';
import { readSettleRecord, type SettleRecord, SettleRecordError } from './gpu-settle-record.ts';
import { decompressOtlpFile, detectOtlpEncoding, splitOtlpFile } from './otlp-file.ts';
import { readLines } from './read-lines.ts';

/** A request of a file, and the line that it is from. */
export interface FileRequest {
  readonly line: number;
  readonly pool: string;
  readonly request: GpuRequest;
}

/** Something to mend, and where. */
export interface SettleFinding {
  readonly line: number | undefined;
  readonly message: string;
}

/** What a file has for a settlement. */
export interface SettleInput {
  readonly requests: readonly FileRequest[];
  readonly findings: readonly SettleFinding[];
  /** Records that were read, redelivered ones not counted. */
  readonly records: number;
  /** Records of a span that the file had before. */
  readonly duplicates: number;
  /** Records that no pool has to do with. */
  readonly others: number;
  /** Calls of model servers that have no part in a pool, by reason. */
  readonly unpriced: ReadonlyMap<string, number>;
}

export interface SettleInputOptions {
  readonly nowUnixMillis: number;
  readonly encoding: OtlpEncoding | undefined;
  /** How OTLP spans are read; asked for only when the file has some. */
  readonly settings: () => Promise<EnrichmentSettings>;
}

const STANDARD_INPUT = '-';
const FILE_BYTES_MAX = 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const SPANS_REMEMBERED_MAX = 1_000_000;
/** Clocks differ by less. */
const FUTURE_NANOS_MAX = 5_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

/**
 * Reads a file of cost records (JSON lines) or OTLP traces, gzip or not.
 *
 * @throws UsageError when it cannot be read at all.
 */
export async function readSettleInput(file: string, options: SettleInputOptions): Promise<SettleInput> {
  const content = await readContent(file);
  const collector = new InputCollector(options.nowUnixMillis);
  if (isRecordFile(content)) await collectRecords(content, collector);
  else await collectSpans(content, options, collector);
  return collector;
}

/** Sorts out what was read. */
class InputCollector implements SettleInput {
  readonly requests: FileRequest[] = [];
  readonly findings: SettleFinding[] = [];
  readonly unpriced = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #futureUnixNano: bigint;
  records = 0;
  duplicates = 0;
  others = 0;

  constructor(nowUnixMillis: number) {
    this.#futureUnixNano = BigInt(Math.floor(nowUnixMillis)) * NANOS_PER_MILLI + FUTURE_NANOS_MAX;
  }

  add(line: number, value: unknown): void {
    const record = this.#read(line, value);
    if (record === undefined) return;
    const { traceId, spanId } = value as { readonly traceId: string; readonly spanId: string };
    const key = `${traceId} ${spanId}`;
    if (this.#seen.has(key)) {
      this.duplicates += 1;
      return;
    }
    this.#seen.add(key);
    this.records += 1;
    if (record.kind === 'other') this.others += 1;
    else if (record.kind === 'unpriced') this.#countUnpriced(record);
    else this.#addRequest(line, record);
  }

  fail(line: number | undefined, message: string): void {
    this.findings.push({ line, message });
  }

  #read(line: number, value: unknown): SettleRecord | undefined {
    try {
      return readSettleRecord(value);
    } catch (error) {
      if (!(error instanceof SettleRecordError)) throw error;
      this.fail(line, error.message);
      return undefined;
    }
  }

  #countUnpriced({ reason, detail }: Extract<SettleRecord, { kind: 'unpriced' }>): void {
    const key = detail === undefined ? reason : `${reason} (${detail})`;
    this.unpriced.set(key, (this.unpriced.get(key) ?? 0) + 1);
  }

  #addRequest(line: number, { pool, request }: Extract<SettleRecord, { kind: 'request' }>): void {
    if (request.intervals.some(({ endUnixNano }) => endUnixNano > this.#futureUnixNano)) {
      this.fail(line, 'the request ends in the future: set the clock of the process that wrote it');
    } else this.requests.push({ line, pool, request });
  }
}

async function collectRecords(content: Uint8Array, collector: InputCollector): Promise<void> {
  for await (const lines of readLines(chunksOf(content), LINE_BYTES_MAX)) {
    for (const { number, bytes } of lines) {
      if (bytes === undefined) collector.fail(number, `the line has more than ${LINE_BYTES_MAX} bytes`);
      else {
        const value = parsedJson(bytes);
        if (value === undefined) collector.fail(number, 'the line is no JSON');
        else collector.add(number, value);
      }
    }
  }
}

/** Reads the spans twice: whether a call is reported by another span too is known when all have been seen. */
async function collectSpans(
  content: Uint8Array,
  { encoding: named, settings: loadSettings, nowUnixMillis }: SettleInputOptions,
  collector: InputCollector,
): Promise<void> {
  const { enrichOtlp, GpuPricing, observeOtlp, openCallHistory } = await import('@costspan/gateway');
  const settings = await loadSettings();
  const encoding = named ?? detectOtlpEncoding(content);
  const requests = splitOtlpFile(content, encoding);
  const calls = openCallHistory({ millis: Number.POSITIVE_INFINITY, spansMax: SPANS_REMEMBERED_MAX });
  const history: CallHistory = {
    calls,
    gpu: new GpuPricing(settings.pools ?? []),
    nowMillis: 0,
    nowUnixMillis,
  };
  for (const { body } of requests) observeOtlp(body, encoding, settings, history);
  let spans = 0;
  for (const { body, lineNumber } of requests) {
    const result = enrichOtlp(body, encoding, settings, history);
    if (!result.ok) {
      collector.fail(lineNumber, result.error.message);
      continue;
    }
    spans += result.enrichment.spanCount;
    if (result.enrichment.unrecordable > 0) {
      collector.fail(
        lineNumber,
        `${result.enrichment.unrecordable} model-call spans have no valid trace id, span id or start time`,
      );
    }
    for (const { record } of result.enrichment.calls) collector.add(lineNumber, record);
  }
  if (spans === 0 && collector.findings.length === 0) {
    collector.fail(
      undefined,
      `it has no spans and no records: a line of records has schema ${COST_RECORD_SCHEMA}`,
    );
  }
}

/** A file is one of cost records when its first line is one; OTLP has no `schema`. */
function isRecordFile(content: Uint8Array): boolean {
  const text = Buffer.from(
    content.buffer,
    content.byteOffset,
    Math.min(content.length, CHUNK_BYTES),
  ).toString();
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  return /^\{\s*"schema"\s*:\s*"costspan\.record\./.test(line) || line.includes(`"${COST_RECORD_SCHEMA}"`);
}

async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += CHUNK_BYTES) {
    yield content.subarray(start, start + CHUNK_BYTES);
  }
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function readContent(file: string): Promise<Uint8Array> {
  try {
    const content = file === STANDARD_INPUT ? await buffer(process.stdin) : await readFile(file);
    if (content.length <= FILE_BYTES_MAX) return decompressOtlpFile(content, FILE_BYTES_MAX);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  throw new UsageError(`${file} has more than ${FILE_BYTES_MAX} bytes; settle it in parts of whole windows`);
}
