import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { CostspanConfig } from '@costspan/config';
import type {
  CallHistory,
  Enrichment,
  EnrichmentSettings,
  EnrichResult,
  OtlpEncoding,
} from '@costspan/gateway';
import { type Command, Option } from 'commander';
import { EnrichedFileTable } from '../enriched-file-table.ts';
import { type EnrichedSpans, SeenSpans } from '../enriched-spans.ts';
import { explainedSpans } from '../explained-span.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { configFolder, requireConfig } from '../load-config.ts';
import { loadPriceBookUnder, printWarnings } from '../load-price-book.ts';
import {
  decompressOtlpFile,
  detectOtlpEncoding,
  hasTraceRequest,
  type OtlpFileRequest,
  splitOtlpFile,
} from '../otlp-file.ts';
import { Progress } from '../progress.ts';

interface EnrichOptions {
  readonly json?: boolean;
  readonly explain?: boolean;
  readonly otlp?: boolean;
  readonly format?: OtlpEncoding;
  readonly config?: string;
}

const STANDARD_INPUT = '-';
const FILE_BYTES_MAX = 1024 ** 3;
/** Spans among which reports of one call are recognised; what is remembered of a span takes half a kilobyte. */
const SPANS_REMEMBERED_MAX = 1_000_000;

export function addEnrichCommand(program: Command): void {
  program
    .command('enrich')
    .description('Prices the model calls of an OTLP trace file: a table, cost records, or the enriched OTLP.')
    .argument(
      '<file>',
      'OTLP trace requests: JSON, JSON lines or one protobuf message, gzip or not; - reads standard input',
    )
    .addOption(new Option('--json', 'print one cost record per line').conflicts('otlp'))
    .addOption(new Option('--explain', 'show every span and why it is billed or not').conflicts('otlp'))
    .option('--otlp', 'print the requests with cost attributes added')
    .addOption(
      new Option('--format <encoding>', 'encoding of the file (default: by its first byte)').choices([
        'json',
        'protobuf',
      ]),
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .addHelpText(
      'after',
      '\nExample:\n  costspan enrich spans.otlp.json --explain\n  costspan enrich spans.otlp.json --json | jq .cost.total',
    )
    .action(enrich);
}

async function enrich(file: string, options: EnrichOptions): Promise<void> {
  const config = requireConfig(options);
  const content = await readContent(file);
  const encoding = options.format ?? detectOtlpEncoding(content);
  if (options.otlp === true && encoding === 'protobuf' && process.stdout.isTTY) {
    throw new UsageError('enriched protobuf is no text for a terminal; redirect it to a file');
  }
  const settings = await enrichmentSettings(config, options);
  const requests = splitOtlpFile(content, encoding);
  const progress = new Progress('requests', requests.length);
  const table = new EnrichedFileTable(settings.priceBook.currency, options.explain === true);
  const seen = new SeenSpans();
  let spanCount = 0;
  for await (const { request, result } of enrichedRequests(requests, encoding, settings)) {
    if (result.ok) spanCount += result.enrichment.spanCount;
    const problem = problemOf(result);
    if (problem !== undefined) {
      process.exitCode = EXIT_FINDING;
      console.error(`${file}:${request.lineNumber}: ${problem}`);
    }
    if (result.ok && options.otlp === true) await writeOtlp(result.enrichment, encoding);
    else if (result.ok) await show(seen.firstOf(result.enrichment), options, table);
    progress.advance();
  }
  progress.end();
  if (spanCount === 0 && process.exitCode === undefined && !hasTraceRequest(content)) {
    process.exitCode = EXIT_FINDING;
    console.error(`${file} has no spans: an OTLP trace file has resourceSpans`);
  }
  const isTable = options.otlp !== true && options.json !== true;
  // A table of nothing would say that the calls of a file that was not read cost nothing.
  if (isTable && (spanCount > 0 || process.exitCode === undefined)) await writeOut(table.format());
}

async function enrichmentSettings(
  config: CostspanConfig,
  options: EnrichOptions,
): Promise<EnrichmentSettings> {
  const { attribution, thresholds, emit, pools } = config;
  const { book: priceBook, warnings } = await loadPriceBookUnder(config, configFolder(options));
  printWarnings(warnings);
  return { priceBook, attribution, thresholds, emit, pools };
}

/** Reads the file twice: whether a call is reported by another span too is known when all have been seen. */
async function* enrichedRequests(
  requests: readonly OtlpFileRequest[],
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
): AsyncGenerator<{ readonly request: OtlpFileRequest; readonly result: EnrichResult }> {
  // The gateway is large; it is loaded only by the commands that need it.
  const { enrichOtlp, GpuPricing, observeOtlp, openCallHistory } = await import('@costspan/gateway');
  const calls = openCallHistory({ millis: Number.POSITIVE_INFINITY, spansMax: SPANS_REMEMBERED_MAX });
  const history: CallHistory = { calls, gpu: new GpuPricing(settings.pools ?? []), nowMillis: 0 };
  for (const { body } of requests) observeOtlp(body, encoding, settings, history);
  for (const request of requests) {
    yield { request, result: enrichOtlp(request.body, encoding, settings, history) };
  }
}

async function writeOtlp(enrichment: Enrichment, encoding: OtlpEncoding): Promise<void> {
  const body = enrichment.body();
  await writeOut(encoding === 'json' ? Buffer.concat([body, Buffer.from('\n')]) : body);
}

async function show(spans: EnrichedSpans, options: EnrichOptions, table: EnrichedFileTable): Promise<void> {
  if (options.json !== true) return table.add(spans);
  const rows = options.explain === true ? explainedSpans(spans) : [...spans.records.values()];
  await writeOut(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

function problemOf(result: EnrichResult): string | undefined {
  if (!result.ok) return result.error.message;
  const { unrecordable } = result.enrichment;
  return unrecordable === 0
    ? undefined
    : `${unrecordable} model-call spans have no valid trace id, span id or start time and give no record`;
}

async function readContent(file: string): Promise<Uint8Array> {
  let content: Buffer;
  try {
    content = file === STANDARD_INPUT ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  if (content.length > FILE_BYTES_MAX) {
    throw new UsageError(`${file} has more than ${FILE_BYTES_MAX} bytes; split it and enrich the parts`);
  }
  try {
    return decompressOtlpFile(content, FILE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`cannot read ${file}: ${error.message}`);
  }
}

async function writeOut(output: Uint8Array | string): Promise<void> {
  if (output.length > 0 && !process.stdout.write(output)) await once(process.stdout, 'drain');
}
