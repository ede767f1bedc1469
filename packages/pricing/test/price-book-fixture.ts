import type { ModelCall } from '@costspan/cost-model';
import { type EntryData, type PriceBookData, digestOf, type RatesData } from '../src/index.ts';

/** A call of a chat model; a test names what it is about. */
export function chatCall(call: Partial<ModelCall>): ModelCall {
  return {
    dialect: 'test',
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    operation: 'chat',
    usage: undefined,
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: undefined,
    ...call,
  };
}

export function perMillion(rates: Readonly<Record<string, string>>): RatesData {
  return Object.fromEntries(
    Object.entries(rates).map(([bucket, decimal]) => [bucket, { decimal, per: 1_000_000 }]),
  );
}

export function priceBookData(...entries: readonly Partial<EntryData>[]): PriceBookData {
  const complete = entries.map((entry, index): EntryData => ({
    provider: 'acme',
    model: `model-${index}`,
    source: 'contract',
    sourceUrl: 'https://acme.example/prices',
    checked: '2026-09-23',
    periods: [{ rates: perMillion({ input: '1', output: '2' }) }],
    ...entry,
  }));
  return {
    schema: 'costspan.price-book.v1',
    version: '2026-09-23',
    currency: 'USD',
    digest: digestOf({ entries: complete }),
    sources: {
      contract: { name: 'Acme contract', version: '7', licence: 'internal', url: 'https://acme.example' },
    },
    rules: { doubled: 'twice the input rate' },
    entries: complete,
  };
}
