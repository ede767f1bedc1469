import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type CatalogueFormat, type ImportedCatalogue, importCatalogue } from '@costspan/price-catalogues';
import { builtinPriceBookData, type PriceBookData, PUBLISHED_VERSIONS } from '@costspan/pricing';
import { isFields } from './call-row.ts';
import { UsageError } from './exit-code.ts';
import { loadPriceBookData } from './load-price-book.ts';

const FILE_BYTES_MAX = 64 * 1024 * 1024;
const ERRORS_SHOWN_MAX = 5;

/** A catalogue's value as it was read, and the day up to which it vouches for its prices. */
export interface CatalogueFile {
  readonly value: unknown;
  readonly checked: string;
}

/**
 * The prices that a file states, whatever its format: a price book, or a public catalogue that is recognised
 * by its shape. A file of Portkey lists one provider and is named after it.
 */
export async function readPriceSource(name: string): Promise<PriceBookData> {
  const known = ['builtin', builtinPriceBookData.version, ...PUBLISHED_VERSIONS];
  if (known.includes(name)) return loadPriceBookData(name);
  const file = readCatalogueFile(name);
  if (isFields(file.value) && typeof file.value['schema'] === 'string') return loadPriceBookData(name);
  const format = catalogueFormatOf(file.value);
  if (format === undefined) {
    throw new UsageError(
      `${name} is no price book, and no catalogue of genai-prices, LiteLLM, Portkey or models.dev; ` +
        'give the JSON file as it is published',
    );
  }
  const provider = basename(name).replace(/\.json$/i, '');
  return requireImported(name, importCatalogue(format, file.value, { checked: file.checked, provider })).data;
}

/** The JSON of a catalogue. Unless a day is given, the file is as old as its last change. */
export function readCatalogueFile(name: string, checked?: string): CatalogueFile {
  let text: string;
  let day: string;
  try {
    const { size, mtime } = statSync(name);
    if (size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`);
    text = readFileSync(name, 'utf8');
    day = mtime.toISOString().slice(0, 10);
  } catch (error) {
    throw new UsageError(`cannot read ${name}: ${(error as Error).message}`);
  }
  try {
    return { value: JSON.parse(text) as unknown, checked: checked ?? day };
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${(error as Error).message}`);
  }
}

/** The import of a catalogue, or a usage error with what is wrong in it. */
export function requireImported(
  name: string,
  imported: ImportedCatalogue,
): Extract<ImportedCatalogue, { ok: true }> {
  if (imported.ok) return imported;
  const shown = imported.errors.slice(0, ERRORS_SHOWN_MAX);
  const problems = shown.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new UsageError(`cannot import ${name}: ${problems.join('; ')}`);
}

function catalogueFormatOf(value: unknown): CatalogueFormat | undefined {
  if (Array.isArray(value)) return 'genai-prices';
  if (!isFields(value)) return undefined;
  if (Array.isArray(value['providers'])) return 'genai-prices';
  const members = Object.values(value).filter(isFields);
  const has = (key: string): boolean => members.some((member) => Object.hasOwn(member, key));
  if (has('litellm_provider')) return 'litellm';
  if (has('pricing_config')) return 'portkey';
  return has('models') ? 'models-dev' : undefined;
}
