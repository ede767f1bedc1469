import type { GpuPool } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatConfigErrors } from './config-error.ts';
import { parseConfig } from './parse-config.ts';

type Keys = Readonly<Record<string, unknown>>;

/** A pool as the file has it; each key that is given takes the place of a valid one. */
function pool(keys: Keys = {}): Keys {
  return {
    name: 'a',
    match: { 'service.name': 'vllm' },
    rates: [{ from: '2026-01-01', per_hour: '4.00' }],
    ...keys,
  };
}

function parsed(pools: readonly Keys[], more: Keys = {}): GpuPool[] | string {
  const result = parseConfig(stringify({ pools, ...more }), { sourceName: 'c.yaml', env: {} });
  if (result.ok) return [...result.config.pools];
  return formatConfigErrors(result.errors).replaceAll(/^c\.yaml:\d+:\d+: /gm, '');
}

function only(keys: Keys, more: Keys = {}): GpuPool {
  const result = parsed([pool(keys)], more);
  if (typeof result === 'string') throw new Error(result);
  return result[0] as GpuPool;
}

test('what is not stated has its default', () => {
  expect(only({})).toEqual({
    name: 'a',
    match: { 'service.name': ['vllm'] },
    gpus: 1,
    replicas: 1,
    replicaKeys: ['service.instance.id'],
    rates: [{ fromUnixNano: 1_767_225_600_000_000_000n, perHour: 4_000_000_000_000n }],
    method: 'time_share',
    basis: 'concurrency',
    idle: 'separate',
    reserved: [],
    windowSeconds: 60,
    latenessSeconds: 900,
    late: 'reopen',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
  });
  expect(parsed([])).toEqual([]);
  expect(only({ method: 'throughput' }).windowSeconds).toBe(3600);
  expect(only({ method: 'throughput', window_seconds: 60 }).windowSeconds).toBe(60);
});

test('a pool without an overhead of its own has that of the file', () => {
  const file = { overhead: { percent: 12, reviewed: '2026-10-01' } };
  expect(only({}, file).overhead).toEqual({ percent: '12', reviewed: '2026-10-01' });
  const own = { percent: 0, reviewed: '2026-11-01' };
  expect(only({ overhead: own }, file).overhead).toEqual({ percent: '0', reviewed: '2026-11-01' });
});

const LATER = { from: '2026-02-01', per_hour: '5' };

test.each<[string, Keys, string]>([
  ['no rate', { rates: [] }, 'rates: must not be empty'],
  [
    'a negative rate',
    { rates: [{ from: '2026-01-01', per_hour: '-4' }] },
    'rates[0].per_hour: "-4" is not a decimal of at most 12 places that is not negative; write for instance "12.5"',
  ],
  [
    'a rate that is no text',
    { rates: [{ from: '2026-01-01', per_hour: [] }] },
    'rates[0].per_hour: must be a text or a number, not a list',
  ],
  [
    'a day that does not exist',
    { rates: [{ from: '2026-02-30', per_hour: '4' }] },
    'rates[0].from: "2026-02-30" is neither a day nor an instant in UTC; write it as 2026-01-01 or 2026-01-01T06:00:00Z',
  ],
  [
    'an instant in another zone',
    { rates: [{ from: '2026-02-03T00:00:00+01:00', per_hour: '4' }] },
    'rates[0].from: "2026-02-03T00:00:00+01:00" is neither a day nor an instant in UTC; write it as 2026-01-01 or ' +
      '2026-01-01T06:00:00Z',
  ],
  [
    'a day before clocks',
    { rates: [{ from: '1969-12-31', per_hour: '4' }] },
    'rates[0].from: "1969-12-31" is not between the years 1970 and 2200',
  ],
  [
    'rates out of order',
    { rates: [LATER, { from: '2026-01-31', per_hour: '4' }] },
    'rates[1].from: it begins before the rate above it; list the rates by date',
  ],
  [
    'two rates at once',
    { rates: [LATER, { ...LATER, from: '2026-02-01T00:00:00Z' }] },
    'rates[1].from: another rate begins at the same time; keep one of the two',
  ],
  [
    'another currency',
    { rates: [{ ...LATER, currency: 'EUR' }] },
    'rates[0].currency: must be USD, the currency of the file; convert the rate',
  ],
  [
    'no match',
    { match: {} },
    'match: must not be empty; name an attribute, such as service.name: vllm-llama-70b',
  ],
  ['an attribute without a text', { match: { zone: [] } }, 'match.zone: must not be empty'],
  ['a key without a name', { match: { '': 'x' } }, 'match.: a key must have 1 to 256 characters'],
  [
    'a mapping for a text',
    { match: { zone: { a: 1 } } },
    'match.zone: must be a text or a number or true or false or a list, not a mapping of keys',
  ],
  [
    'a list in a list',
    { match: { zone: ['a', ['b']] } },
    'match.zone[1]: must be a text or a number or true or false, not a list',
  ],
  ['half a pool of nothing', { gpus: 0 }, 'gpus: must be more than 0'],
  [
    'slots of unknown number',
    { basis: 'slots' },
    'basis: slots needs capacity; add the requests that one replica can work on at once',
  ],
  [
    'an owner that nobody is',
    { idle: 'owner' },
    'idle: owner needs the key owner; add who carries the idle cost',
  ],
  [
    'a reservation that nobody has',
    { idle: 'reserved' },
    'idle: reserved needs the key reserved; add a list such as [{ tenant: search, share: 1 }]',
  ],
  [
    'a tenant twice',
    {
      reserved: [
        { tenant: 't', share: 1 },
        { tenant: 't', share: 2 },
      ],
    },
    'reserved[1].tenant: "t" is listed twice; add its shares up',
  ],
  [
    'a reserved fraction',
    { reserved: [{ tenant: 't', share: 0.5 }] },
    'reserved[0].share: must be a whole number, not 0.5',
  ],
  [
    'two weights of tokens',
    { method: 'tokens', basis: 'measured' },
    'basis: measured time and method tokens are two weights; set method: time_share, or remove basis',
  ],
  [
    'slots of tokens',
    { method: 'tokens', basis: 'slots', capacity: 8 },
    'basis: slots are requests, which method tokens does not count; set method: time_share, or remove basis',
  ],
  [
    'slots of a quotient',
    { method: 'throughput', basis: 'slots', capacity: 8 },
    'basis: method throughput divides by the number of requests and has no slots; remove basis',
  ],
  [
    'windows that cut days',
    { window_seconds: 7 },
    'window_seconds: a day is no multiple of 7 seconds; choose one that divides it, such as 60, 300 or 3600',
  ],
  [
    'tokens of no weight',
    { token_weights: { input: 0, output: 0 } },
    'token_weights: all weights are 0, so that no token counts; give one of them a weight',
  ],
  [
    'a text for a list, once',
    { replica_keys: 'service.instance.id' },
    'replica_keys: must be a list, not a text',
  ],
  [
    'a rate without a day',
    { rates: [{ per_hour: '4' }] },
    'rates[0].from: is missing; add the day from which it is paid, such as 2026-01-01',
  ],
  [
    'a rate without an amount',
    { rates: [{ from: '2026-01-01' }] },
    'rates[0].per_hour: is missing; add what the whole pool costs an hour, such as "4.00"',
  ],
])('refuses %s', (_, keys, expected) => {
  expect(parsed([pool(keys)])).toBe(`pools[0].${expected}`);
});

test.each([
  ['per_second', 'multiply it by 3600'],
  ['per_minute', 'multiply it by 60'],
  ['per_month', 'divide it by the hours of the month, 730 on average'],
  ['per_gpu_hour', 'multiply it by the GPUs of the pool'],
])('says how a rate %s becomes one of an hour', (key, mend) => {
  const errors = parsed([pool({ rates: [{ from: '2026-01-01', [key]: '4' }] })]);
  expect(errors).toContain(`pools[0].rates[0].${key}: only per_hour exists; ${mend}`);
});

describe('a window that costs more than one request can be charged', () => {
  const day = { window_seconds: 86_400 };
  const rate = (perHour: string): Keys => ({ rates: [{ from: '2026-01-01', per_hour: perHour }] });

  test('is refused from one pico-unit on', () => {
    // 9007.199254740991 a minute are 540431.955284459460 an hour; one more is a sixtieth of a pico-unit too much.
    expect(only(rate('540431.955284459460')).windowSeconds).toBe(60);
    expect(parsed([pool(rate('540431.955284459461'))])).toContain('shorten window_seconds, now 60');
    expect(only({ ...day, ...rate('375.299968947541') }).windowSeconds).toBe(86_400);
    expect(parsed([pool({ ...day, ...rate('375.299968947542') })])).toBe(
      'pools[0].window_seconds: at its highest rate a window costs more than $9,007, the most that one request can be ' +
        'charged; shorten window_seconds, now 86400',
    );
  });

  test('counts its overhead, whoever states it', () => {
    const overhead = { percent: '12', reviewed: '2026-10-01' };
    const near = { ...day, ...rate('350') };
    expect(typeof parsed([pool(near)])).toBe('object');
    expect(parsed([pool({ ...near, overhead })])).toContain('shorten window_seconds');
    expect(parsed([pool(near)], { overhead })).toContain('shorten window_seconds');
  });
});

describe('pools that meet', () => {
  function verdict(left: Keys, right: Keys): 'apart' | 'meet' {
    const result = parsed([pool({ name: 'a', match: left }), pool({ name: 'b', match: right })]);
    if (typeof result !== 'string') return 'apart';
    expect(result).toBe(
      'pools[1].match: a call could match both "a" and "b"; add an attribute that tells them apart',
    );
    return 'meet';
  }

  test('are refused unless an attribute of both tells them apart', () => {
    expect(verdict({ zone: 'x' }, { zone: 'y' })).toBe('apart');
    expect(verdict({ zone: ['x', 'y'] }, { zone: ['z', 'y'] })).toBe('meet');
    expect(verdict({ zone: 'x' }, { region: 'y' })).toBe('meet');
    expect(verdict({ zone: 'x', model: 'm' }, { zone: 'x', model: 'n' })).toBe('apart');
    expect(verdict({ zone: 'x', model: 'm' }, { zone: 'x' })).toBe('meet');
    expect(verdict({ model: 'llama-*' }, { model: '*-70b' })).toBe('meet');
    expect(verdict({ model: 'llama-*' }, { model: 'qwen-*' })).toBe('apart');
    expect(verdict({ model: 'gen_ai.response.model' }, { 'gen_ai.request.model': 'other' })).toBe('meet');
  });

  test('an address may be known by its host in one and with its port in the other', () => {
    const at = (address: string): Keys => ({ 'server.address': address });
    expect(verdict(at('10.0.0.7'), at('10.0.0.7:8000'))).toBe('meet');
    expect(verdict(at('10.0.0.7:8000'), at('10.0.0.7'))).toBe('meet');
    expect(verdict(at('10.0.0.7:8000'), at('10.0.0.7:8001'))).toBe('apart');
    expect(verdict(at('10.0.0.7'), at('10.0.0.77:8000'))).toBe('apart');
  });

  test('the same name is said once', () => {
    expect(parsed([pool(), pool()])).toBe(
      'pools[1].name: another pool is already named "a"; give each a name of its own',
    );
  });
});

test('everything has a maximum', () => {
  const many = (length: number): Keys[] =>
    Array.from({ length }, (_, index) => pool({ name: `p${index}`, match: { zone: `z${index}` } }));
  expect(parsed(many(200))).toHaveLength(200);
  expect(parsed(many(201))).toBe('pools: must have at most 200 entries');
  const patterns = (length: number): string[] => Array.from({ length }, (_, index) => `x${index}`);
  expect(parsed([pool({ match: { zone: patterns(257) } })])).toBe(
    'pools[0].match.zone: must have at most 256 entries',
  );
  const keys = Object.fromEntries(patterns(65).map((key) => [key, 'x']));
  expect(parsed([pool({ match: keys })])).toBe('pools[0].match: must have at most 64 keys');
  const full = many(40).map((one, index) => ({ ...one, match: { zone: [`z${index}`, ...patterns(255)] } }));
  expect(parsed(full)).toBe(
    'pools: they have 10240 patterns and may have 10000 together; write some as one with *',
  );
});

test('no pool makes it throw', () => {
  const anything = fc.anything({ maxDepth: 2 });
  const key = fc.constantFrom(
    'match',
    'rates',
    'gpus',
    'reserved',
    'overhead',
    'token_weights',
    'instance',
    'devices',
  );
  fc.assert(
    fc.property(fc.array(fc.dictionary(key, anything), { maxLength: 2 }), (list) => {
      const named = JSON.parse(
        JSON.stringify(list.map((keys, index) => pool({ name: `${index}`, ...keys }))),
      ) as Keys[];
      const result = parsed(named);
      expect(typeof result === 'string' ? result : 'ok').not.toMatch(/Invalid input|undefined|\[object/);
    }),
    { numRuns: 100 },
  );
});
