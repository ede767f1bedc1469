import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { EnrichmentSettings, EnrichResult, OtlpEncoding } from '@costspan/gateway';
import { type Command, Option } from 'commander';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { configFolder, requireConfig } from '../load-config.ts';
import { loadPriceBookUnder, printWarnings } from '../load-price-book.ts';
import { detectOtlpEncoding, splitOtlpFile } from '../otlp-file.ts';
import { Progress } from '../progress.ts';

interface EnrichOptions {
  readonly otlp?: boolean;
  readonly format?: OtlpEncoding;
  readonly config?: string;
}

const STANDARD_INPUT = '-';
const FILE_BYTES_MAX = 1024 ** 3;

export function addEnrichCommand(program: Command): void {
  program
    .command('enrich')
    .description(
      'Prices the model calls of an OTLP trace file: one cost record per line, or the enriched OTLP.',
    )
    .argument(
      '<file>',
      'OTLP trace requests: JSON, JSON lines or one protobuf message; - reads standard input',
    )
    .addOption(new Option('--records', 'print one cost record per line (default)').conflicts('otlp'))
    .option('--otlp', 'print the requests with cost attributes added')
    .addOption(
      new Option('--format <encoding>', 'encoding of the file (default: by its first byte)').choices([
        'json',
        'protobuf',
      ]),
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .addHelpText('after', '\nExample:\n  costspan enrich spans.otlp.json | jq .cost.total')
    .action(enrich);
}

async function enrich(file: string, options: EnrichOptions): Promise<void> {
  const config = requireConfig(options);
  const { attribution, thresholds, emit } = config;
  const content = await readContent(file);
  const encoding = options.format ?? detectOtlpEncoding(content);
  if (options.otlp === true && encoding === 'protobuf' && process.stdout.isTTY) {
    throw new UsageError('enriched protobuf is no text for a terminal; redirect it to a file');
  }
  const { book: priceBook, warnings } = await loadPriceBookUnder(config, configFolder(options));
  printWarnings(warnings);
  const settings: EnrichmentSettings = {
    priceBook,
    attribution,
    thresholds,
    emit,
  };
  // The gateway is large; it is loaded only by the commands that need it.
  const { enrichOtlp } = await import('@costspan/gateway');
  const requests = splitOtlpFile(content, encoding);
  const progress = new Progress('requests', requests.length);
  for (const request of requests) {
    const enriched = readResult(enrichOtlp(request.body, encoding, settings), encoding);
    if (enriched.problem !== undefined) {
      process.exitCode = EXIT_FINDING;
      console.error(`${file}:${request.lineNumber}: ${enriched.problem}`);
    }
    await writeOut(options.otlp === true ? enriched.otlp : enriched.records);
    progress.advance();
  }
  progress.end();
}

interface EnrichedFileRequest {
  readonly records: string;
  readonly otlp: Uint8Array | string;
  readonly problem: string | undefined;
}

function readResult(result: EnrichResult, encoding: OtlpEncoding): EnrichedFileRequest {
  if (!result.ok) return { records: '', otlp: '', problem: result.error.message };
  const { calls, unrecordable } = result.enrichment;
  const enrichedBody = result.enrichment.body();
  return {
    records: calls.map(({ record }) => `${JSON.stringify(record)}\n`).join(''),
    otlp: encoding === 'json' ? Buffer.concat([enrichedBody, Buffer.from('\n')]) : enrichedBody,
    problem:
      unrecordable === 0
        ? undefined
        : `${unrecordable} model-call spans have no valid trace id, span id or start time and give no record`,
  };
}

async function readContent(file: string): Promise<Uint8Array> {
  let content: Buffer;
  try {
    content = file === STANDARD_INPUT ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  if (content.length <= FILE_BYTES_MAX) return content;
  throw new UsageError(`${file} has more than ${FILE_BYTES_MAX} bytes; split it and enrich the parts`);
}

async function writeOut(output: Uint8Array | string): Promise<void> {
  if (output.length > 0 && !process.stdout.write(output)) await once(process.stdout, 'drain');
}
