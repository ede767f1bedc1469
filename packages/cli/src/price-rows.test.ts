import fc from 'fast-check';
import { COST_RECORD_SCHEMA } from '@costspan/cost-model';
import { builtinPriceBook, PriceBook } from '@costspan/pricing';
import { expect, test } from 'vitest';
import { bookOf, FIXTURE_ENTRIES } from '../test/price-book-fixture.ts';
import { readRow, RowPricer } from './price-rows.ts';
import { readLines } from './read-lines.ts';

const NOW = Date.parse('2026-11-21');
const pricer = new RowPricer(PriceBook.fromData(bookOf(FIXTURE_ENTRIES)));

function priced(text: string): ReturnType<RowPricer['price']> {
  return pricer.price(readRow({ number: 7, bytes: Buffer.from(text) }, NOW));
}

test('a row has the cost as a record has it', () => {
  const usage = { input_tokens: 1000, output_tokens: 100 };
  const row = priced(JSON.stringify({ id: 'a', provider: 'openai', model: 'gpt-test', usage }));
  expect(row).toMatchObject({
    id: 'a',
    line: 7,
    status: 'priced',
    cost: { currency: 'USD', total: '0.000450000000', lines: [{ bucket: 'input', quantity: '1000' }, {}] },
    priceBook: { version: '2026-11-01', entry: 'openai/gpt-test', exactMatch: true },
    usage: { input: 1000, output: 100 },
  });
});

test('an unknown model has a reason and neighbours, and no amount', () => {
  const row = priced(
    '{"id":1,"provider":"openai","model":"gpt-tset","usage":{"input_tokens":1,"output_tokens":1}}',
  );
  expect(row).toMatchObject({
    id: 1,
    status: 'unpriced',
    reason: 'model_not_in_price_book',
    reasonText: 'the price book has no such model',
    closest: ['openai/gpt-test'],
    priceBook: { entry: null },
  });
  expect(row.cost).toBeUndefined();
});

test.each([
  ['{"id":"x","usage":{"input_tokens":NaN}}', 'x', 'not_json'],
  ['{"id": 12, "model": "cut off', 12, 'not_json'],
  ['[1,2]', undefined, 'not_an_object'],
  ['"text"', undefined, 'not_an_object'],
  ['{"id":{"a":1}}', undefined, 'field_malformed'],
  ['{"id":"x","usage":{"input_tokens":-1}}', 'x', 'usage_malformed'],
  [`{"schema":"${COST_RECORD_SCHEMA}","spanId":"s"}`, 's', 'record_malformed'],
])('%s is an error with its id, if it can be read', (text, id, code) => {
  const row = priced(text);
  expect(row).toMatchObject({ line: 7, status: 'error', error: { code, message: expect.any(String) } });
  expect(row.id).toEqual(id);
});

test('bytes that are no UTF-8, and a byte order mark', () => {
  const bad = readRow({ number: 1, bytes: Uint8Array.of(0x7b, 0xff, 0x7d) }, NOW);
  expect(bad.error?.code).toBe('not_utf8');
  expect(priced('\uFEFF{"id":5}')).toMatchObject({ id: 5, status: 'unpriced', reason: 'usage_missing' });
});

test('an id beyond 2^53 comes back digit by digit', () => {
  const row = priced('{"model":"a","id":12345678901234567890}');
  expect(JSON.stringify(row)).toContain('"id":12345678901234567890,');
});

const RECORD = {
  schema: COST_RECORD_SCHEMA,
  traceId: 't',
  spanId: 'span-1',
  startTimeUnixNano: String(Date.parse('2026-05-01') * 1e6),
  provider: 'anthropic',
  requestModel: 'claude-test',
  model: 'claude-test',
  operation: 'chat',
  dialect: 'otel',
  serviceTier: null,
  region: null,
  conditions: null,
  errorType: null,
  usage: { input: 1000, output: 100 },
  status: 'priced',
  reason: null,
  cost: { currency: 'USD', total: '0.004500000000', lines: [] },
  priceBook: { version: '2026-01-01', digest: 'sha256:0', entry: 'anthropic/claude-test', exactMatch: true },
};

test('a cost record is priced again at its own time, beside what was recorded', () => {
  expect(priced(JSON.stringify(RECORD))).toMatchObject({
    id: 'span-1',
    status: 'priced',
    cost: { total: '0.009000000000' },
    recorded: { status: 'priced', total: '0.004500000000', priceBook: { version: '2026-01-01' } },
    usage: RECORD.usage,
  });
  const duplicate = priced(JSON.stringify({ ...RECORD, status: 'duplicate', cost: null }));
  expect(duplicate).toMatchObject({ status: 'duplicate', recorded: { total: null } });
  expect(duplicate.cost).toBeUndefined();
});

test.each([
  ['spanId', 5],
  ['startTimeUnixNano', 17],
  ['status', 'paid'],
  ['usage', { tokens: 5 }],
  ['usage', [1]],
  ['cost', { total: 5 }],
  ['conditions', { a: 1 }],
  ['priceBook', null],
  ['model', 1],
])('a record whose %s is %j is refused', (field, value) => {
  expect(priced(JSON.stringify({ ...RECORD, [field]: value }))).toMatchObject({
    status: 'error',
    error: { code: 'record_malformed', message: expect.stringContaining(field) },
  });
});

test('any bytes give one line for each that is not blank, and never throw', async () => {
  const builtin = new RowPricer(builtinPriceBook());
  const count = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null));
  const usage = fc.dictionary(
    fc.constantFrom('input_tokens', 'output_tokens', 'cache_read_tokens', 'seconds', 'images', 'bogus'),
    count,
  );
  const row = fc.record(
    {
      id: fc.jsonValue(),
      schema: fc.constantFrom(COST_RECORD_SCHEMA, 'x'),
      spanId: fc.string(),
      provider: fc.constantFrom('openai', 'anthropic', 'bedrock', 'nobody'),
      model: fc.oneof(fc.constantFrom('gpt-5-mini', 'gpt-4o', 'claude-opus-4-6'), fc.string()),
      at: fc.oneof(fc.constantFrom('2026-01-01'), fc.jsonValue()),
      service_tier: fc.constantFrom('batch', 'flex', null, '?'),
      usage: fc.oneof(usage, fc.jsonValue()),
      attributes: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.string().map((text) => Buffer.from(text)),
    row.map((value) => Buffer.from(JSON.stringify(value))),
    fc.constantFrom('', '  ', '\r').map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), async (parts) => {
      const file = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
      async function* stream(): AsyncGenerator<Uint8Array> {
        yield file;
      }
      const out: string[] = [];
      for await (const lines of readLines(stream(), 1000)) {
        for (const each of lines) out.push(JSON.stringify(builtin.price(readRow(each, NOW))));
      }
      const nonBlank = file
        .toString('latin1')
        .split('\n')
        .filter((text) => !/^[ \t\r]*$/.test(text));
      expect(out).toHaveLength(nonBlank.length);
      for (const text of out) {
        const { status, cost, reason, error } = JSON.parse(text) as Record<string, unknown>;
        const has = [cost, reason, error].map((each) => each !== undefined);
        expect([status, has.filter(Boolean).length]).toEqual([
          expect.any(String),
          status === 'duplicate' ? 0 : 1,
        ]);
      }
    }),
  );
});
