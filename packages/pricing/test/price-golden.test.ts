import { readFileSync } from 'node:fs';
import {
  type CallOperation,
  formatMoney,
  type ModelCall,
  moneyFromPico,
  type PriceResult,
  type TokenUsage,
} from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { builtinPriceBook } from '../src/index.ts';

interface Row {
  readonly line: number;
  readonly atMillis: number;
  readonly call: ModelCall;
  readonly expected: string;
}

function readRows(): Row[] {
  const text = readFileSync(new URL('golden/prices.txt', import.meta.url), 'utf8');
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const columns = line.split('|').map((column) => column.trim());
    const [when = '', provider = '', model = '', operation = '', usage = '', expected = ''] = columns;
    return [
      {
        line: index + 1,
        atMillis: Date.parse(when),
        call: callOf(provider, model, operation as CallOperation, usage.split(/\s+/)),
        expected,
      },
    ];
  });
}

function callOf(provider: string, model: string, operation: CallOperation, words: string[]): ModelCall {
  const pairs = words.map((word) => word.split('=') as [string, string]);
  const { tier, error, ...counts } = Object.fromEntries(pairs);
  const usage = Object.fromEntries(Object.entries(counts).map(([bucket, count]) => [bucket, Number(count)]));
  return {
    dialect: 'test',
    provider: provider === '' ? undefined : provider,
    requestModel: model === '' ? undefined : model,
    responseModel: undefined,
    operation,
    usage: words.includes('none') ? undefined : (usage as TokenUsage),
    usageSource: 'span',
    responseId: undefined,
    serviceTier: tier,
    serverAddress: undefined,
    errorType: error,
  };
}

function shown(result: PriceResult): string {
  if (result.status === 'priced') return formatMoney(moneyFromPico(result.totalPico));
  const said = result.reason === 'usage_missing' || result.reason.startsWith('model_not_in');
  return said || result.detail === undefined ? result.reason : `${result.reason} ${result.detail}`;
}

const book = builtinPriceBook();

test.each(readRows())('line $line: $call.provider $call.requestModel → $expected', (row) => {
  expect(shown(book.price(row.call, row.atMillis))).toBe(row.expected);
});
