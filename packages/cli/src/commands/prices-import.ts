import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CATALOGUE_FORMATS,
  type CatalogueFormat,
  type CatalogueNote,
  importCatalogue,
} from '@costspan/price-catalogues';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { callTimeMillis } from '../call-time.ts';
import { displayCount } from '../display-rate.ts';
import { UsageError } from '../exit-code.ts';
import { type CatalogueFile, readCatalogueFile, requireImported } from '../read-price-source.ts';

interface PricesImportOptions {
  readonly format: CatalogueFormat;
  readonly provider?: string;
  readonly only?: string;
  readonly checked?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const GENAI_PRICES = '@pydantic/genai-prices';
const NOTES_SHOWN_MAX = 20;

const EXAMPLE = `
Where the catalogues are published:
  genai-prices  npm install @pydantic/genai-prices, then without FILE; or its data.json
  litellm       model_prices_and_context_window.json of BerriAI/litellm
  portkey       pricing/<provider>.json of Portkey-AI/models, with --provider
  models-dev    https://models.dev/api.json

Example:
  costspan prices import --format litellm model_prices_and_context_window.json -o book.json`;

export function addPricesImportCommand(prices: Command): void {
  prices
    .command('import')
    .description(
      'Makes a price book of a public catalogue, and says what the catalogue has that it leaves out.',
    )
    .argument('[file]', "the catalogue's JSON; genai-prices is also read from the installed npm package")
    .addOption(
      new Option('--format <name>', 'format of the catalogue')
        .choices(CATALOGUE_FORMATS)
        .makeOptionMandatory(),
    )
    .option('--provider <name>', 'whose prices they are, for files of Portkey')
    .option('--only <providers>', 'only the prices of these providers, separated by commas')
    .option('--checked <day>', 'day on which the catalogue was fetched (default: that of the file)', parseDay)
    .option('-o, --output <file>', 'write the price book there (default: standard output)')
    .option('--json', 'print what was left out as JSON; the book then needs --output')
    .addHelpText('after', EXAMPLE)
    .action(importPrices);
}

async function importPrices(file: string | undefined, options: PricesImportOptions): Promise<void> {
  if (options.json === true && options.output === undefined) {
    throw new UsageError('--json needs --output FILE for the price book itself');
  }
  const { value, checked } = await readCatalogue(file, options);
  const imported = requireImported(
    file ?? GENAI_PRICES,
    importCatalogue(options.format, value, {
      checked,
      ...(options.provider !== undefined && { provider: options.provider }),
      ...(options.only !== undefined && { providers: options.only.split(',').map((name) => name.trim()) }),
    }),
  );
  const { data, leftOut, rounded } = imported;
  const text = `${JSON.stringify(data, null, 1)}\n`;
  if (options.output === undefined) process.stdout.write(text);
  else writeBook(options.output, text);
  if (options.json === true) {
    const priceBook = { version: data.version, digest: data.digest };
    console.log(JSON.stringify({ priceBook, entries: data.entries.length, leftOut, rounded }, null, 2));
    return;
  }
  console.error(
    [
      `${displayCount(data.entries.length)} entries${options.output === undefined ? '' : ` in ${options.output}`}, ` +
        `version ${data.version}, ${data.digest}`,
      ...describeNotes('left out', leftOut),
      ...describeNotes('rounded', rounded),
    ].join('\n'),
  );
}

async function readCatalogue(
  file: string | undefined,
  { format, checked }: PricesImportOptions,
): Promise<CatalogueFile> {
  if (file !== undefined) return readCatalogueFile(file, checked);
  if (format !== 'genai-prices') {
    throw new UsageError(`name the file of the ${format} catalogue; --help says where it is published`);
  }
  const value = await readInstalledGenaiPrices();
  return { value, checked: checked ?? new Date().toISOString().slice(0, 10) };
}

/** The package of the working directory, else the one beside this command. */
async function readInstalledGenaiPrices(): Promise<unknown> {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    let path: string;
    try {
      path = createRequire(from).resolve(GENAI_PRICES);
    } catch {
      continue;
    }
    const catalogue = (await import(pathToFileURL(path).href)) as {
      readonly waitForUpdate?: () => Promise<unknown>;
    };
    // Without an update set up, it is what the package was published with.
    if (catalogue.waitForUpdate !== undefined) return catalogue.waitForUpdate();
  }
  throw new UsageError(
    `${GENAI_PRICES} is not installed here; run "npm install ${GENAI_PRICES}", or name the file of its data.json`,
  );
}

function writeBook(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

function describeNotes(what: string, notes: readonly CatalogueNote[]): string[] {
  if (notes.length === 0) return [`nothing ${what}`];
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of notes) {
    const names = byReason.get(reason);
    if (names === undefined) byReason.set(reason, [name]);
    else names.push(name);
  }
  const reasons = [...byReason].toSorted(([, a], [, b]) => b.length - a.length);
  const rest = reasons.length - NOTES_SHOWN_MAX;
  return [
    `${displayCount(notes.length)} ${what}:`,
    ...reasons.slice(0, NOTES_SHOWN_MAX).map(([reason, [first, ...others]]) => {
      const more = others.length === 0 ? '' : ` and ${displayCount(others.length)} more`;
      return `  ${reason}: ${first}${more}`;
    }),
    ...(rest > 0 ? [`  and ${displayCount(rest)} more reasons; --json lists all`] : []),
  ];
}

function parseDay(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || callTimeMillis(text) === undefined) {
    throw new InvalidArgumentError('Write a day such as 2026-09-23.');
  }
  return text;
}
