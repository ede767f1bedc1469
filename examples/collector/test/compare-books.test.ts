import type { CostRecord } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { compareBooks, EQUAL_BOOKS } from '../src/compare-books.ts';
import { createLedgerRequest, Ledger } from '../src/ledger.ts';
import { costPicoUsd, LEDGER_CALL_KINDS } from '../src/ledger-calls.ts';
import type { SeenSpan } from '../src/trace-sink.ts';

const decimal = (picoUsd: number): string => `0.${String(picoUsd).padStart(12, '0')}`;

/** A ledger of two calls, with books that are equal to it. */
function books(): { ledger: Ledger; records: CostRecord[]; forwarded: Map<string, SeenSpan> } {
  const ledger = new Ledger();
  ledger.enter(createLedgerRequest(2));
  const records = [...ledger.calls].map(([key, cost]) => {
    const ids = { traceId: key.slice(0, 32), spanId: key.slice(32) };
    return { ...ids, cost: { total: decimal(cost) } } as CostRecord;
  });
  const seen = (key: string): SeenSpan => ({ deliveries: 1, costPicoUsd: ledger.calls.get(key)?.toString() });
  return { ledger, records, forwarded: new Map([...ledger.spanKeys].map((key) => [key, seen(key)])) };
}

test('the ledger multiplies list prices', () => {
  expect(costPicoUsd(LEDGER_CALL_KINDS[0]!, { input: 176, cacheRead: 1024, output: 350 })).toBe(769_600_000);
});

test('equal books have no difference', () => {
  const { ledger, records, forwarded } = books();
  expect(compareBooks(ledger, records, forwarded)).toEqual(EQUAL_BOOKS);
});

test('a record that is missing, doubled or a pico-USD off, and a span that is not in the backend, are found', () => {
  const { ledger, records, forwarded } = books();
  const [first, second] = records as [CostRecord, CostRecord];
  const [cost = 0] = ledger.calls.values();
  const compare = (changed: CostRecord[]) => compareBooks(ledger, changed, forwarded);
  expect(compare([second])).toEqual({
    ...EQUAL_BOOKS,
    callsLost: 1,
    totalDifferencePicoUsd: -BigInt(cost),
  });
  expect(compare([first, first, second])).toEqual({
    ...EQUAL_BOOKS,
    recordsTooMany: 1,
    totalDifferencePicoUsd: BigInt(cost),
  });
  const off = { ...first, cost: { ...first.cost!, total: decimal(cost + 1) } };
  expect(compare([off, second])).toEqual({ ...EQUAL_BOOKS, costsWrong: 1, totalDifferencePicoUsd: 1n });
  forwarded.clear();
  expect(compare(records)).toEqual({ ...EQUAL_BOOKS, spansNotForwarded: 3 });
});
