import type { GpuPool } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GpuRequest, settleWindow, type SettledWindow } from '../src/index.ts';
import { expectBalanced, OPTIONS, pico, pool, request, SECOND, START, windowOf } from './pool-fixture.ts';

const S = 1_000_000_000;
const OVERHEAD = { percent: '15', reviewed: '2026-01-01' };
/** $6 an hour: a second is 1,666,666,666.67 picos, a minute $0.10. */
const PER_HOUR = '6';

function settle(from: GpuPool, requests: readonly GpuRequest[]): SettledWindow {
  const settled = settleWindow(from, windowOf(from), requests, OPTIONS);
  expectBalanced(settled);
  return settled;
}

function rowOf({ record }: SettledWindow, tenant: string | null): unknown {
  const row = record.tenants.find((each) => each.tenant === tenant);
  return row && { used: row.used, idle: row.idle, overhead: row.overhead };
}

const A = request('a', [[0, 10 * S]], { tenant: 'a' });
const B = request('b', [[20 * S, 40 * S]], { tenant: 'b' });

test('separate: idle cost is nobody’s', () => {
  const settled = settle(pool({ perHour: PER_HOUR, overhead: OVERHEAD }), [A, B]);
  expect(settled.record).toMatchObject({
    bill: '0.115000000000',
    used: '0.050000000000',
    idle: '0.050000000000',
    idleUndistributed: '0.050000000000',
    overhead: '0.015000000000',
    busySeconds: '30.000000000',
  });
  expect(rowOf(settled, 'b')).toEqual({
    used: '0.033333333333',
    idle: '0.000000000000',
    overhead: '0.005000000000',
  });
  expect(rowOf(settled, '__idle__')).toEqual({
    used: '0.000000000000',
    idle: '0.050000000000',
    overhead: '0.007500000000',
  });
});

test('proportional: as what they are charged; even: by heads', () => {
  const proportional = settle(pool({ perHour: PER_HOUR, idle: 'proportional' }), [A, B]);
  expect(rowOf(proportional, 'a')).toMatchObject({ used: '0.016666666667', idle: '0.016666666667' });
  expect(rowOf(proportional, 'b')).toMatchObject({ used: '0.033333333333', idle: '0.033333333333' });
  expect(proportional.record.idleUndistributed).toBe('0.000000000000');
  const even = settle(pool({ perHour: PER_HOUR, idle: 'even' }), [A, B]);
  expect([...even.shares.idle]).toEqual([25_000_000_000, 25_000_000_000]);
});

test('owner: a row of its own, and no request is dearer', () => {
  const owned = settle(pool({ perHour: PER_HOUR, idle: 'owner', owner: 'ml', overhead: OVERHEAD }), [A, B]);
  expect(rowOf(owned, 'ml')).toEqual({
    used: '0.000000000000',
    idle: '0.050000000000',
    overhead: '0.007500000000',
  });
  expect([...owned.shares.idle]).toEqual([0, 0]);
  expect(owned.record.idleUndistributed).toBe('0.000000000000');
  expect(settle(pool({ perHour: PER_HOUR, idle: 'owner' }), [A]).record.idleUndistributed).toBe(
    '0.083333333333',
  );
});

test('reserved: by what is booked, also by those that send nothing', () => {
  const reserved = [
    { tenant: 'a', share: 3 },
    { tenant: 'absent', share: 1 },
  ];
  const settled = settle(pool({ perHour: PER_HOUR, idle: 'reserved', reserved }), [A, B]);
  expect(rowOf(settled, 'a')).toMatchObject({ idle: '0.037500000000' });
  expect(rowOf(settled, 'absent')).toMatchObject({ used: '0.000000000000', idle: '0.012500000000' });
  expect(rowOf(settled, 'b')).toMatchObject({ idle: '0.000000000000' });
});

test('with nobody there, idle cost stays undistributed', () => {
  for (const idle of ['proportional', 'even', 'separate', 'owner'] as const) {
    expect(settle(pool({ perHour: PER_HOUR, idle }), []).record.idleUndistributed).toBe('0.100000000000');
  }
});

test('slots: a request pays for its slot, and the pool keeps the slack', () => {
  const settled = settle(pool({ perHour: PER_HOUR, basis: 'slots', capacity: 4, overhead: OVERHEAD }), [
    A,
    B,
  ]);
  expect([...settled.shares.used]).toEqual([4_166_666_667, 8_333_333_333]);
  expect([...settled.shares.slack]).toEqual([12_500_000_000, 25_000_000_000]);
  expect([...settled.shares.replicaNanos]).toEqual([2.5 * S, 5 * S]);
  const slack = settled.record.tenants.find(({ tenant }) => tenant === '__slack__');
  expect(slack).toMatchObject({
    slack: '0.037500000000',
    overhead: '0.005625000000',
    seconds: '22.500000000',
  });
  expect(settled.record).toMatchObject({ slack: '0.037500000000', filledSeconds: '7.500000000' });
});

test('throughput: the same for each that started, and nothing is idle', () => {
  const outside = request('c', [[-5 * S, 1 * S]]);
  const from = pool({ perHour: PER_HOUR, method: 'throughput', capacity: 4 });
  const settled = settle(from, [A, B, outside]);
  expect([...settled.shares.used]).toEqual([50_000_000_000, 50_000_000_000, 0]);
  expect(settled.record).toMatchObject({
    idle: '0.000000000000',
    slack: '0.000000000000',
    busySeconds: '30.000000000',
  });
  expect(settled.record).toMatchObject({ requestsStarted: 2, requestsActive: 3 });
  expect(settle(from, [outside]).record.idle).toBe('0.100000000000');
  const many = Array.from({ length: 7 }, (_, index) => request(`r${6 - index}`, [[index, S]]));
  // 100,000,000,000 / 7 leaves 5 pico-units for the first five ids.
  expect([...settle(from, many).shares.used].map((used) => used - 14_285_714_285)).toEqual([
    0, 0, 1, 1, 1, 1, 1,
  ]);
});

test('replicas batch by themselves, and one that nobody uses is idle', () => {
  const [x, y] = [
    request('x', [[0, 60 * S]], { replica: 'gpu-0' }),
    request('y', [[0, 60 * S]], { replica: 'gpu-1' }),
  ];
  const two = settle(pool({ perHour: PER_HOUR, replicas: 2 }), [x, y]);
  expect([...two.shares.used]).toEqual([50_000_000_000, 50_000_000_000]);
  expect(two.record).toMatchObject({
    idle: '0.000000000000',
    replicaSeconds: '120.000000000',
    unknownReplicas: 0,
  });
  const three = settle(pool({ perHour: PER_HOUR, replicas: 3 }), [x, y]);
  expect([...three.shares.used]).toEqual([33_333_333_334, 33_333_333_333]);
  expect(three.record.idle).toBe('0.033333333333');
  const guessed = settle(pool({ perHour: PER_HOUR, replicas: 2 }), [x, y, request('z', [[0, S]])]);
  expect(guessed.record).toMatchObject({ unknownReplicas: 2, replicaSeconds: '180.000000000' });
});

test('a sampled request counts for those it stands for and pays for itself', () => {
  const sampled = request('s', [[0, 10 * S]], { adjustedCount: 100, tenant: 'a' });
  const settled = settle(pool({ perHour: PER_HOUR, overhead: OVERHEAD }), [
    sampled,
    request('t', [[0, 10 * S]], { tenant: 'b' }),
  ]);
  // 101 requests share 10 s: 16,666,666,667 / 101 = 165,016,501.65 picos each.
  expect([...settled.shares.used]).toEqual([165_016_501, 165_016_502]);
  expect(settled.record).toMatchObject({
    requestsActive: 101,
    requestsStarted: 101,
    outputTokens: 1010,
    activeSeconds: '1010.000000000',
  });
  expect(settled.record.tenants.find(({ tenant }) => tenant === '__unsampled__')).toMatchObject({
    requests: 99,
  });
  const half = settle(pool({ perHour: PER_HOUR }), [
    request('s', [[0, S]], { adjustedCount: 1.5 }),
    request('t', [[0, S]]),
  ]);
  expect(half.shares.used[0]! / half.shares.used[1]!).toBeCloseTo(1, 6);
});

const interval = fc
  .tuple(fc.integer({ min: -5, max: 62 }), fc.integer({ min: 0, max: 70 }))
  .map(([start, seconds]) => [start * S, (start + seconds) * S] as const);
const policies = fc.record({
  method: fc.constantFrom('time_share' as const, 'throughput' as const),
  basis: fc.constantFrom('concurrency' as const, 'slots' as const, 'measured' as const),
  idle: fc.constantFrom(
    'separate' as const,
    'proportional' as const,
    'even' as const,
    'owner' as const,
    'reserved' as const,
  ),
  owner: fc.constantFrom(undefined, 'ml'),
  capacity: fc.constantFrom(1, 4, 300),
  replicas: fc.constantFrom(1, 3),
  reserved: fc.constantFrom([
    { tenant: 'a', share: 2 },
    { tenant: 'z', share: 5 },
  ]),
  overhead: fc.constantFrom(
    undefined,
    OVERHEAD,
    { percent: '0.000000000001', reviewed: '2026-01-01' },
    { percent: '250', reviewed: '2026-01-01' },
  ),
  perHour: fc.constantFrom('0', '0.000000000001', '4', '98.32', '150000'),
  late: fc.constantFrom('reopen' as const, 'idle_only' as const, 'drop' as const),
});
const anyRequests = fc
  .array(
    fc.record({
      interval,
      tenant: fc.constantFrom(undefined, 'a', 'b'),
      replica: fc.constantFrom(undefined, 'gpu-0', 'gpu-1'),
      adjustedCount: fc.constantFrom(1, 1, 1, 100, 2.5),
      late: fc.boolean(),
    }),
    { maxLength: 10 },
  )
  .map((list) =>
    list.map(({ interval: times, late, ...changes }, index) =>
      request(`r${index}`, [times], {
        ...changes,
        late: late ? { closedUntilUnixNano: START + 60n * SECOND, number: index } : undefined,
      }),
    ),
  );

test('everything adds up under every policy', () => {
  fc.assert(
    fc.property(policies, anyRequests, (changes, requests) => {
      settle(pool(changes), requests);
    }),
    { numRuns: 1000 },
  );
});

test('what is late changes no other line, and takes only from idle time', () => {
  fc.assert(
    fc.property(policies, anyRequests, (changes, requests) => {
      const from = pool({ ...changes, late: 'idle_only' });
      const onTime = requests.filter(({ late }) => late === undefined);
      let before = settle(from, onTime);
      const all = [...onTime];
      for (const each of requests.filter(({ late }) => late !== undefined)) {
        all.push(each);
        const after = settle(from, all);
        for (const name of ['used', 'slack', 'idle', 'overhead', 'replicaNanos'] as const) {
          expect(after.shares[name].slice(0, -1)).toEqual(before.shares[name].slice());
        }
        expect(pico(after.record.idle)).toBeLessThanOrEqual(pico(before.record.idle));
        expect(after.record.bill).toBe(before.record.bill);
        before = after;
      }
    }),
    { numRuns: 500 },
  );
});

test('late requests take what is left, in turn', () => {
  const closed = { closedUntilUnixNano: START + 60n * SECOND };
  const requests = [
    A,
    request('late-2', [[5 * S, 40 * S]], { late: { ...closed, number: 2 } }),
    request('late-1', [[0, 30 * S]], { late: { ...closed, number: 1 } }),
  ];
  const idleOnly = settle(pool({ perHour: PER_HOUR, late: 'idle_only' }), requests);
  expect([...idleOnly.shares.used]).toEqual([16_666_666_667, 16_666_666_666, 33_333_333_333]);
  expect([...idleOnly.shares.replicaNanos]).toEqual([10 * S, 10 * S, 20 * S]);
  expect(idleOnly.record).toMatchObject({ lateRequests: 2, busySeconds: '40.000000000', requestsActive: 3 });
  const reopened = settle(pool({ perHour: PER_HOUR }), requests);
  expect(reopened.record.lateRequests).toBe(2);
  expect(reopened.shares.used[0]).toBeLessThan(16_666_666_667);
  expect(reopened.record.busySeconds).toBe('40.000000000');
  const dropped = settle(pool({ perHour: PER_HOUR, late: 'drop' }), requests);
  expect([...dropped.shares.used]).toEqual([16_666_666_667, 0, 0]);
  expect(dropped.record).toMatchObject({ lateRequests: 0, droppedRequests: 2, requestsActive: 1 });
});

test('a window that was reopened long after is final', () => {
  const late = (hours: bigint): GpuRequest =>
    request('late', [[0, 30 * S]], {
      late: { closedUntilUnixNano: START + (60n + hours * 3600n) * SECOND, number: 1 },
    });
  const used = (hours: bigint): number =>
    settle(pool({ perHour: PER_HOUR }), [A, late(hours)]).shares.used[0]!;
  expect(used(23n)).toBe(8_333_333_333);
  expect(used(24n)).toBe(16_666_666_667);
  const later = request('late', [[0, 30 * S]], {
    late: { closedUntilUnixNano: START + 59n * SECOND, number: 1 },
  });
  const settled = settle(pool({ perHour: PER_HOUR, late: 'drop' }), [A, later]);
  expect(settled.record).toMatchObject({ droppedRequests: 0, lateRequests: 0 });
});

test('what changes when a window is settled again comes to nothing', () => {
  fc.assert(
    fc.property(policies, anyRequests, (changes, requests) => {
      const from = pool({ ...changes, late: 'reopen' });
      const before = settle(
        from,
        requests.filter(({ late }) => late === undefined),
      ).record;
      const after = settle(from, requests).record;
      const change = (name: 'used' | 'slack' | 'idle' | 'unsampled' | 'overhead'): bigint =>
        pico(after[name]) - pico(before[name]);
      expect(
        change('used') + change('slack') + change('idle') + change('unsampled') + change('overhead'),
      ).toBe(0n);
    }),
  );
});
