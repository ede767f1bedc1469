import { readdirSync, readFileSync } from 'node:fs';
import {
  type CallOperation,
  formatMoney,
  type ModelCall,
  moneyFromPico,
  type PriceResult,
  reportedAmountPico,
  type TokenUsage,
} from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { builtinPriceBook } from '../src/index.ts';

interface Row {
  readonly at: string;
  readonly atMillis: number;
  readonly call: ModelCall;
  readonly expected: string;
  readonly source: string;
}

const FOLDER = new URL('golden/', import.meta.url);

function readRows(file: string): Row[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const columns = line.split('|').map((column) => column.trim());
    const [when = '', provider = '', model = '', operation = '', usage = '', expected = ''] = columns;
    const source = columns[7] ?? '';
    return [
      {
        at: `${file}:${index + 1}`,
        atMillis: Date.parse(when),
        call: callOf(provider, model, operation as CallOperation, usage.split(/\s+/)),
        expected,
        source,
      },
    ];
  });
}

/** Words such as `input=176 tier=batch region=us when.search_context_size=low reported=0.0123 error=timeout`. */
function callOf(provider: string, model: string, operation: CallOperation, words: string[]): ModelCall {
  const { tier, error, region, reported, ...others } = Object.fromEntries(
    words.map((word) => word.split('=') as [string, string]),
  );
  const pairs = Object.entries(others);
  const usage = pairs.filter(([key]) => !key.startsWith('when.')).map(([key, count]) => [key, Number(count)]);
  const conditions = pairs.filter(([key]) => key.startsWith('when.'));
  return {
    dialect: 'test',
    provider: provider === '' ? undefined : provider,
    requestModel: model === '' ? undefined : model,
    responseModel: undefined,
    operation,
    usage: words.includes('none') ? undefined : (Object.fromEntries(usage) as TokenUsage),
    usageSource: 'span',
    responseId: undefined,
    serviceTier: tier,
    serverAddress: undefined,
    region,
    conditions: Object.fromEntries(conditions.map(([key, value]) => [key.slice('when.'.length), value])),
    reportedCost:
      reported === undefined
        ? undefined
        : { amountPico: reportedAmountPico(reported) ?? Number.NaN, currency: 'USD' },
    errorType: error,
  };
}

function shown(result: PriceResult): string {
  if (result.status === 'priced') return formatMoney(moneyFromPico(result.totalPico));
  const said = result.reason === 'usage_missing' || result.reason.startsWith('model_not_in');
  return said || result.detail === undefined ? result.reason : `${result.reason} ${result.detail}`;
}

const book = builtinPriceBook();

const files = readdirSync(FOLDER).toSorted();

test('every row names its source, and many were worked out from the page of the provider itself', () => {
  const rows = files.flatMap(readRows);
  expect(
    rows.filter(({ source }) => !/^(?:page|catalogue|rule): \S/.test(source)).map(({ at }) => at),
  ).toEqual([]);
  expect(rows.length).toBeGreaterThan(200);
  expect(rows.filter(({ source }) => source.startsWith('page: ')).length).toBeGreaterThan(20);
});

for (const file of files) {
  test.each(readRows(file))('$at: $call.provider $call.requestModel → $expected', (row) => {
    expect(shown(book.price(row.call, row.atMillis))).toBe(row.expected);
  });
}
