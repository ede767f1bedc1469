import { digestOf, type EntryData, type PriceBookData } from '@costspan/pricing';

/** A price book with one model, whose input price tells two books apart. */
export function bookText(version: string, inputRate = '1', notes: readonly string[] = []): string {
  const entry: EntryData = {
    provider: 'acme',
    model: 'model-1',
    source: 'contract',
    sourceUrl: 'https://acme.example/prices',
    checked: version.slice(0, 10),
    ...(notes.length === 0 ? {} : { notes }),
    periods: [
      {
        rates: {
          input: { decimal: inputRate, per: 1_000_000 },
          output: { decimal: '2', per: 1_000_000 },
        },
      },
    ],
  };
  const data: PriceBookData = {
    schema: 'costspan.price-book.v1',
    version,
    currency: 'USD',
    digest: digestOf({ entries: [entry] }),
    sources: {
      contract: { name: 'Acme contract', version: '7', licence: 'internal', url: 'https://acme.example' },
    },
    rules: {},
    entries: [entry],
  };
  return `${JSON.stringify(data, null, 1)}\n`;
}
