import { divideHalfEven, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PriceBook } from '../src/index.ts';
import { chatCall, perMillion, priceBookData } from './price-book-fixture.ts';

const DAY_MILLIS = 86_400_000;
const START = Date.parse('2026-01-01');

const decimal = fc.integer({ min: 1, max: 999_999 }).map((digits) => String(digits / 1000));
const exchangeRates = fc
  .uniqueArray(fc.nat({ max: 300 }), { maxLength: 4 })
  .chain((days) =>
    fc.tuple(...days.toSorted((a, b) => a - b).map((day) => fc.tuple(fc.constant(day), decimal))),
  );

function dayText(day: number): string {
  return new Date(START + day * DAY_MILLIS).toISOString().slice(0, 10);
}

test('currencies are never mixed: an amount is converted once, at the rate of its day, or there is none', () => {
  fc.assert(
    fc.property(
      exchangeRates,
      decimal,
      fc.nat({ max: 300 }),
      fc.nat({ max: 5000 }),
      (rates, rate, day, input) => {
        const data = {
          ...priceBookData({
            currency: 'CNY',
            periods: [{ rates: perMillion({ input: rate, output: rate }) }],
          }),
          ...(rates.length > 0 && {
            exchangeRates: rates.map(([from, value]) => ({
              currency: 'CNY',
              from: dayText(from),
              rate: value,
              sourceUrl: 'https://bank.example',
            })),
          }),
        };
        const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input, output: 0 } });
        const result = PriceBook.fromData(data).price(call, START + day * DAY_MILLIS);
        const exchange = rates.findLast(([from]) => from <= day)?.[1];
        if (exchange === undefined) {
          expect(result).toMatchObject({ status: 'unpriced', reason: 'currency_not_convertible' });
        } else {
          const picos = BigInt(input) * parseMoney(rate)! * parseMoney(exchange)!;
          const total = divideHalfEven(picos, 1_000_000n * 10n ** 12n);
          expect(result).toMatchObject({ status: 'priced', totalPico: Number(total) });
        }
      },
    ),
  );
});

test('a cost that a provider states in another currency changes nothing', () => {
  const currency = fc.constantFrom('EUR', 'CNY', 'usd', '');
  fc.assert(
    fc.property(fc.nat(), currency, fc.nat({ max: 1_000_000 }), (amountPico, stated, input) => {
      const book = PriceBook.fromData(priceBookData({}));
      const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input, output: 0 } });
      const reportedCost = { amountPico, currency: stated };
      expect(book.price({ ...call, reportedCost }, START)).toEqual(book.price(call, START));
    }),
  );
});
