import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, gpuRecord } from '../test/gpu-fixture.ts';
import { readSettleRecord, SettleRecordError } from './gpu-settle-record.ts';

test('a record of a pool is a request', () => {
  expect(readSettleRecord(gpuRecord(1, 0, 2, { replica: null, tenant: null }))).toEqual({
    kind: 'request',
    pool: 'llama-70b',
    request: {
      id: `${'a'.repeat(32)} 0000000000000001`,
      tenant: undefined,
      replica: undefined,
      startUnixNano: DAY,
      intervals: [{ startUnixNano: DAY, endUnixNano: DAY + 2_000_000_000n, weight: 1 }],
      adjustedCount: 1,
      outputTokens: 500,
      late: undefined,
    },
  });
});

test.each([
  ['duplicate', null, 'again'],
  ['unpriced', 'model_missing', 'other'],
  ['priced', null, 'other'],
])('a record without a pool that is %s (%s) is of kind %s', (status, reason, kind) => {
  expect(readSettleRecord({ ...gpuRecord(1, 0, 2), gpu: null, status, reason })).toEqual({ kind });
});

test('a call that is billed elsewhere has no part, though its pool is known', () => {
  expect(readSettleRecord({ ...gpuRecord(1, 0, 2), status: 'duplicate' })).toEqual({ kind: 'again' });
});

test.each<readonly [unknown, string]>([
  [
    { schema: 'costspan.record.v9' },
    'its schema is costspan.record.v9, and this version reads costspan.record.v1',
  ],
  [
    { schema: 'costspan.gpu_window.v1' },
    'its schema is costspan.gpu_window.v1, which is no record of a request',
  ],
  [{ id: 7 }, 'it is no cost record; a line of records has schema costspan.record.v1'],
  [{ ...gpuRecord(1, 0, 2), spanId: 'A' }, 'spanId must be 16 hexadecimal digits in lower case'],
])('says of %j what to mend', (value, message) => {
  expect(() => readSettleRecord(value)).toThrow(message);
});

const whole = gpuRecord(1, 0, 2);
const { gpu } = whole;

test.each<readonly [string, unknown]>([
  ['a list', []],
  ['another schema', { ...whole, schema: 'costspan.record.v9' }],
  ['a pool that is a number', { ...whole, gpu: { ...gpu, pool: 7 } }],
  ['a replica that is a number', { ...whole, gpu: { ...gpu, replica: 7 } }],
  [
    'times that are numbers',
    { ...whole, gpu: { ...gpu, intervals: [{ startUnixNano: 1, endUnixNano: 2, weight: 1 }] } },
  ],
  [
    'a negative time',
    { ...whole, gpu: { ...gpu, intervals: [{ startUnixNano: '-1', endUnixNano: '2', weight: 1 }] } },
  ],
  [
    'a weight of zero',
    { ...whole, gpu: { ...gpu, intervals: [{ startUnixNano: '1', endUnixNano: '2', weight: 0 }] } },
  ],
  [
    'a weight beyond the greatest',
    { ...whole, gpu: { ...gpu, intervals: [{ startUnixNano: '1', endUnixNano: '2', weight: 2 ** 31 + 1 }] } },
  ],
  ['a count below one', { ...whole, gpu: { ...gpu, adjustedCount: 0.5 } }],
  ['a count that is no number', { ...whole, gpu: { ...gpu, adjustedCount: null } }],
  ['a lateness without an instant', { ...whole, gpu: { ...gpu, late: { number: 1 } } }],
  ['a tenant that is a number', { ...whole, tenant: 7 }],
  ['tokens that are texts', { ...whole, usage: { output: '500' } }],
  ['negative tokens', { ...whole, usage: { output: -1 } }],
  ['no start', { ...whole, startTimeUnixNano: 'now' }],
])('refuses %s', (_, value) => {
  expect(() => readSettleRecord(value)).toThrow(SettleRecordError);
});

test('whatever is put into a record, it is read or refused', () => {
  const paths = fc.constantFrom('gpu', 'status', 'reason', 'tenant', 'traceId', 'usage', 'startTimeUnixNano');
  const inGpu = fc.constantFrom('pool', 'replica', 'intervals', 'adjustedCount', 'late');
  fc.assert(
    fc.property(paths, inGpu, fc.jsonValue(), fc.boolean(), (key, gpuKey, value, isInGpu) => {
      const record = isInGpu ? { ...whole, gpu: { ...gpu, [gpuKey]: value } } : { ...whole, [key]: value };
      try {
        const read = readSettleRecord(record);
        expect(['request', 'other', 'again', 'unpriced']).toContain(read.kind);
        if (read.kind === 'request') expect(Number.isSafeInteger(read.request.outputTokens)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(SettleRecordError);
      }
    }),
    { numRuns: 2000 },
  );
});
