import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { COST_RECORD_SCHEMA } from '@costspan/cost-model';
import type { CallHistory, EnrichmentSettings, OtlpEncoding } from '@costspan/gateway';
import { UsageError } from './exit-code.ts';
import { SettleCollector, type SettleInput } from './gpu-settle-collector.ts';
import { decompressOtlpFile, detectOtlpEncoding, splitOtlpFile } from './otlp-file.ts';
import { readLines } from './read-lines.ts';

export interface SettleInputOptions {
  readonly nowUnixMillis: number;
  readonly encoding: OtlpEncoding | undefined;
  /** How OTLP spans are read; asked for only when the file has some. */
  readonly settings: () => Promise<EnrichmentSettings>;
}

const STANDARD_INPUT = '-';
const FILE_BYTES_MAX = 1024 ** 3;
const RECORD_SCHEMAS = 'costspan.record.';
const SCHEMA_START = `"${RECORD_SCHEMAS}`;
const CHUNK_BYTES = 1024 * 1024;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const SPANS_REMEMBERED_MAX = 1_000_000;

/**
 * Reads a file of cost records (JSON lines) or OTLP traces, gzip or not.
 *
 * @throws UsageError when it cannot be read at all.
 */
export async function readSettleInput(file: string, options: SettleInputOptions): Promise<SettleInput> {
  const content = await readContent(file);
  const collector = new SettleCollector(options.nowUnixMillis);
  if (isRecordFile(content)) await collectRecords(content, collector);
  else await collectSpans(content, options, collector);
  return collector.finish();
}

/** Lines of the kind that the file's first line is not: they are left out, and named once. */
class StrayLines {
  #first: number | undefined;
  #count = 0;

  add(line: number): void {
    this.#first ??= line;
    this.#count += 1;
  }

  report(collector: SettleCollector, what: string): void {
    if (this.#first === undefined) return;
    const lines = this.#count === 1 ? 'this line' : `${this.#count} lines from here on`;
    const verb = this.#count === 1 ? 'is' : 'are';
    collector.fail(
      this.#first,
      `records and OTLP in one file: split them; ${lines} of ${what} ${verb} not settled`,
    );
  }
}

async function collectRecords(content: Uint8Array, collector: SettleCollector): Promise<void> {
  const stray = new StrayLines();
  for await (const lines of readLines(chunksOf(content), LINE_BYTES_MAX)) {
    for (const { number, bytes } of lines) {
      if (bytes === undefined) collector.fail(number, `the line has more than ${LINE_BYTES_MAX} bytes`);
      else {
        const value = parsedJson(bytes);
        if (value === undefined) collector.fail(number, 'the line is no JSON');
        else if (isOtlp(value)) stray.add(number);
        else collector.add(number, value);
      }
    }
  }
  stray.report(collector, 'OTLP');
}

/** Reads the spans twice: whether a call is reported by another span too is known when all have been seen. */
async function collectSpans(
  content: Uint8Array,
  { encoding: named, settings: loadSettings, nowUnixMillis }: SettleInputOptions,
  collector: SettleCollector,
): Promise<void> {
  const { enrichOtlp, GpuPricing, observeOtlp, openCallHistory } = await import('@costspan/gateway');
  const settings = await loadSettings();
  const encoding = named ?? detectOtlpEncoding(content);
  const stray = new StrayLines();
  const requests = splitOtlpFile(content, encoding).filter(({ body, lineNumber }) => {
    const isStray = encoding === 'json' && isRecordLine(body);
    if (isStray) stray.add(lineNumber);
    return !isStray;
  });
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
    for (const { record, kept } of result.enrichment.calls) {
      collector.add(lineNumber, record, kept.call.serverAddress);
    }
  }
  stray.report(collector, 'records');
  if (spans === 0 && collector.findings.length === 0) {
    collector.fail(
      undefined,
      `it has no spans and no records: a line of records has schema ${COST_RECORD_SCHEMA}`,
    );
  }
}

/** A file is one of cost records when its first line is a document of costspan; OTLP has no `schema`. */
function isRecordFile(content: Uint8Array): boolean {
  const head = content.subarray(0, CHUNK_BYTES);
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString();
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  return /^\{\s*"schema"\s*:\s*"costspan\./.test(line) || isRecordLine(Buffer.from(line));
}

/** Looks for the name of the schema first: it is in no line of OTLP, unless somebody wrote of it there. */
function isRecordLine(line: Uint8Array): boolean {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  if (!bytes.includes(SCHEMA_START)) return false;
  const value = parsedJson(line);
  const isObject = typeof value === 'object' && value !== null;
  return isObject && 'schema' in value && String(value.schema).startsWith(RECORD_SCHEMAS);
}

function isOtlp(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'resourceSpans' in value && !('schema' in value);
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
