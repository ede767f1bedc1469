import { parsePriceBook, type PriceSource } from '@costspan/pricing';
import { BookDraft } from './book-draft.ts';
import {
  CATALOGUE_FORMATS,
  type CatalogueFormat,
  ENTRIES_MAX,
  type ImportedCatalogue,
  type ImportErrorCode,
  type ImportOptions,
} from './catalogue-format.ts';
import { catalogueProvider } from './catalogue-providers.ts';
import { readGenaiPrices } from './genai-prices.ts';
import { readLitellm } from './litellm.ts';
import { readModelsDev } from './models-dev.ts';
import { readPortkey } from './portkey.ts';

/** The largest of the catalogues has a few megabytes. */
const TEXT_CHARACTERS_MAX = 64 * 1024 * 1024;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

interface Reader {
  readonly source: Omit<PriceSource, 'version'>;
  /** Whether the value has the catalogue's shape. */
  readonly read: (value: unknown, book: BookDraft, checked: string, provider: string) => boolean;
  readonly expected: string;
}

const READERS: Readonly<Record<CatalogueFormat, Reader>> = {
  'genai-prices': {
    source: {
      name: '@pydantic/genai-prices',
      licence: 'MIT',
      url: 'https://github.com/pydantic/genai-prices',
    },
    read: readGenaiPrices,
    expected: 'a list of providers, or an object with `providers`',
  },
  litellm: {
    source: {
      name: 'LiteLLM model_prices_and_context_window.json',
      licence: 'MIT',
      url: 'https://github.com/BerriAI/litellm',
    },
    read: readLitellm,
    expected: 'an object of models, each with `litellm_provider`',
  },
  portkey: {
    source: { name: 'Portkey-AI/models', licence: 'MIT', url: 'https://github.com/Portkey-AI/models' },
    read: readPortkey,
    expected: "an object of one provider's models, each with `pricing_config`",
  },
  'models-dev': {
    source: { name: 'models.dev', licence: 'MIT', url: 'https://models.dev' },
    read: readModelsDev,
    expected: 'an object of providers, each with `models`',
  },
};

/**
 * Reads a public price catalogue as a price book. Numbers are taken over digit by digit; what the book cannot
 * hold, or what the catalogue says in a way that is not understood, is named in `leftOut`.
 *
 * @param json the catalogue's text, or the value that was read from it.
 */
export function importCatalogue(
  format: CatalogueFormat,
  json: unknown,
  options: ImportOptions,
): ImportedCatalogue {
  const reader = Object.hasOwn(READERS, format) ? READERS[format] : undefined;
  if (reader === undefined)
    return failed('format_unknown', '', `unknown format; known: ${CATALOGUE_FORMATS.join(', ')}`);
  const { checked } = options;
  if (!DAY.test(checked) || Number.isNaN(Date.parse(checked)))
    return failed('checked_malformed', 'checked', 'must be a day such as 2026-09-23');
  const provider = catalogueProvider(options.provider ?? '');
  if (format === 'portkey' && provider === '')
    return failed(
      'provider_missing',
      'provider',
      'a file of Portkey does not name its provider: give it, such as openai',
    );
  let value = json;
  if (typeof json === 'string') {
    if (json.length > TEXT_CHARACTERS_MAX)
      return failed('too_large', '', `the text has more than ${TEXT_CHARACTERS_MAX} characters`);
    try {
      value = JSON.parse(json);
    } catch (error) {
      return failed('not_json', '', `the text is not JSON: ${error instanceof Error ? error.message : ''}`);
    }
  }
  const book = new BookDraft(options.providers?.map(catalogueProvider));
  if (!reader.read(value, book, checked, provider))
    return failed('shape_unknown', '', `a catalogue of ${format} is ${reader.expected}`);
  if (book.empty)
    return failed(
      'no_prices',
      '',
      `no model of the catalogue has a price that can be read; it must be ${reader.expected}`,
    );
  if (book.full) return failed('too_large', '', `the catalogue has more than ${ENTRIES_MAX} models`);
  const data = book.data(format, { ...reader.source, version: checked }, checked);
  const parsed = parsePriceBook(data);
  if (!parsed.ok)
    return {
      ok: false,
      errors: parsed.errors.map(({ path, message }) => ({ code: 'result_invalid', path, message })),
    };
  return { ok: true, data: parsed.data, leftOut: book.leftOut, rounded: book.rounded };
}

function failed(code: ImportErrorCode, path: string, message: string): ImportedCatalogue {
  return { ok: false, errors: [{ code, path, message }] };
}
