import { canonicalProvider, pricedModel } from '@costspan/cost-model';
import { compareSources, diffPriceBooks, type ModelInUse } from '@costspan/price-catalogues';
import { PriceBook, type PriceBookData, PUBLISHED_VERSIONS } from '@costspan/pricing';
import type { Command } from 'commander';
import { displayCount } from '../display-rate.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { formatDiff, formatDisagreements, formatEffect } from '../format-diff.ts';
import { requireConfig } from '../load-config.ts';
import { loadPriceBook } from '../load-price-book.ts';
import { parseCount, parseDate } from '../parse-option.ts';
import { readRows } from '../price-file.ts';
import { readPriceSource } from '../read-price-source.ts';
import { type UsageEffect, UsageEffectCounter } from '../usage-effect.ts';

interface PricesDiffOptions {
  readonly at?: Date;
  readonly until?: Date;
  readonly usage?: string;
  readonly sources?: readonly string[];
  readonly models?: string;
  readonly limit: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** A book as the user named it, and the time that its prices are compared at. */
interface DiffSide {
  readonly name: string;
  readonly data: PriceBookData;
  readonly at: Date;
}

const ROWS_MAX = 100;
const IN_FORCE = 'in force';
/** More models than these nobody compares by hand; a usage file may name any number. */
const MODELS_MAX = 10_000;

const EXAMPLE = `
A book is a file, a published version, or builtin; A is the last published version and B the book in force
when they are not named. --at and --until compare one book at two days. A source is a price book or a file of
LiteLLM, genai-prices, models.dev or Portkey (named after its provider); a single one is compared with the
book in force.

Example:
  costspan prices diff --at 2025-01-01 --until 2026-01-01`;

export function addPricesDiffCommand(prices: Command): void {
  prices
    .command('diff')
    .description(
      'Shows what changed between two price books or two days, and what it does to a file of calls.',
    )
    .argument('[a]', 'price book before')
    .argument('[b]', 'price book after')
    .option('--at <date>', 'day or time of the first prices, UTC (default: now)', parseDate)
    .option('--until <date>', 'day or time of the second prices, UTC (default: --at, or now)', parseDate)
    .option(
      '--usage <file>',
      'file of calls as for "costspan price --from": shows what the change does to it',
    )
    .option('--sources <files...>', 'shows where catalogues disagree instead')
    .option(
      '--models <list>',
      'with --sources: only these models, separated by commas (default: of --usage, else of the first source)',
    )
    .option('--limit <count>', 'the most rows of the table', parseCount, ROWS_MAX)
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action(async (a: string | undefined, b: string | undefined, options: PricesDiffOptions) => {
      if (options.sources === undefined) await diffBooks(a, b, options);
      else await diffSources(options.sources, a, options);
    });
}

async function diffBooks(
  a: string | undefined,
  b: string | undefined,
  options: PricesDiffOptions,
): Promise<void> {
  if (options.models !== undefined) throw new UsageError('--models needs --sources');
  const [before, after] = await sidesOf(a, b, options);
  const diff = diffPriceBooks(before.data, after.data, {
    atMillisA: before.at.getTime(),
    atMillisB: after.at.getTime(),
  });
  const effect =
    options.usage === undefined ? undefined : await effectOf(options.usage, [before, after], options);
  if ((effect?.errors ?? 0) > 0) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    const sides = { before: sideJson(before), after: sideJson(after) };
    console.log(JSON.stringify({ ...sides, ...diff, ...(effect !== undefined && { effect }) }, null, 2));
    return;
  }
  console.log(
    [
      `Before  ${sideText(before)}`,
      `After   ${sideText(after)}`,
      '',
      formatDiff(diff, options.limit),
      ...(effect === undefined ? [] : ['', formatEffect(effect, after.data.currency)]),
    ].join('\n'),
  );
}

async function sidesOf(
  a: string | undefined,
  b: string | undefined,
  { at, until, config }: PricesDiffOptions,
): Promise<readonly [DiffSide, DiffSide]> {
  const byDate = until !== undefined || (at !== undefined && a === undefined);
  const now = new Date();
  const read = async (name: string | undefined): Promise<Omit<DiffSide, 'at'>> =>
    name === undefined
      ? { name: IN_FORCE, data: (await loadPriceBook(config === undefined ? {} : { config })).data }
      : { name, data: await readPriceSource(name) };
  const before = await read(a ?? (byDate ? undefined : PUBLISHED_VERSIONS.at(-1)));
  const after = byDate && b === undefined ? before : await read(b);
  return [
    { ...before, at: at ?? now },
    { ...after, at: until ?? (byDate ? now : (at ?? now)) },
  ];
}

/** Between two days the calls are priced as if they were made on each; between two books at their own time. */
async function effectOf(
  file: string,
  sides: readonly [DiffSide, DiffSide],
  { at, until, config }: PricesDiffOptions,
): Promise<UsageEffect> {
  const { approximateMatch } = requireConfig(config === undefined ? {} : { config }).prices;
  const isDated = at !== undefined || until !== undefined;
  const [before, after] = sides.map((side) => ({
    // What providers report does not change with a price book.
    book: PriceBook.fromChecked(side.data, { approximateMatch, providerReportedCost: 'ignore' }),
    atMillis: isDated ? side.at.getTime() : undefined,
  }));
  if (before === undefined || after === undefined) throw new UsageError('two price books are needed');
  const counter = new UsageEffectCounter(before, after);
  for await (const rows of readRows(file, Date.now())) for (const row of rows) counter.add(row);
  return counter.result();
}

async function diffSources(
  files: readonly string[],
  positional: string | undefined,
  options: PricesDiffOptions,
): Promise<void> {
  if (positional !== undefined) {
    throw new UsageError(`${positional} is given beside --sources; list it after --sources to compare it`);
  }
  const inForce = await loadPriceBook(options.config === undefined ? {} : { config: options.config });
  const sources = await Promise.all(files.map(async (name) => ({ name, book: await readPriceSource(name) })));
  if (sources.length === 1) sources.unshift({ name: IN_FORCE, book: inForce.data });
  const models = await modelsInUse(options, sources[0]?.book ?? inForce.data);
  const at = options.at ?? new Date();
  const disagreements = compareSources(sources, models, { atMillis: at.getTime() });
  if (disagreements.length > 0) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    const named = sources.map(({ name, book: { version, digest } }) => ({ name, version, digest }));
    console.log(JSON.stringify({ sources: named, models: models.length, disagreements }, null, 2));
    return;
  }
  console.log(
    disagreements.length === 0
      ? `No disagreement on ${displayCount(models.length)} models.`
      : `The sources disagree on ${displayCount(disagreements.length)} of ${displayCount(models.length)} models.\n\n` +
          formatDisagreements(
            sources.map(({ name }) => name),
            disagreements,
            options.limit,
          ),
  );
}

async function modelsInUse(
  { models, usage }: PricesDiffOptions,
  first: PriceBookData,
): Promise<readonly ModelInUse[]> {
  if (models !== undefined) return models.split(',').map((name) => modelOf(name.trim()));
  if (usage === undefined) return first.entries.map(({ provider, model }) => ({ provider, model }));
  const found = new Map<string, ModelInUse>();
  for await (const rows of readRows(usage, Date.now())) {
    for (const row of rows) {
      const model = row.error === undefined ? pricedModel(row.call) : undefined;
      if (row.error !== undefined || model === undefined || found.size >= MODELS_MAX) continue;
      const { provider } = row.call;
      found.set(`${provider ?? ''} ${model}`, { ...(provider !== undefined && { provider }), model });
    }
  }
  return [...found.values()];
}

/** `openai/gpt-5-mini`, or a model's name alone. */
function modelOf(name: string): ModelInUse {
  const slash = name.indexOf('/');
  return slash === -1
    ? { model: name }
    : { provider: canonicalProvider(name.slice(0, slash)), model: name.slice(slash + 1) };
}

function sideText({ name, data, at }: DiffSide): string {
  return `${name}, version ${data.version}, prices of ${at.toISOString().slice(0, 10)}, ${data.digest}`;
}

function sideJson({ name, data, at }: DiffSide): object {
  return { name, version: data.version, digest: data.digest, at: at.toISOString() };
}
