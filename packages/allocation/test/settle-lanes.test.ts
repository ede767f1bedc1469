import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GpuRequest, settleWindow } from '../src/index.ts';
import { pool, request, SECOND, windowOf } from './pool-fixture.ts';

const S = Number(SECOND);
/** Four replicas at $0.60 a minute: $0.15 each. */
const four = pool({ replicas: 4, gpus: 4, perHour: '36', capacity: 2 });

function settle(requests: readonly GpuRequest[], of = four) {
  return settleWindow(of, windowOf(of), requests, { revision: 1, currency: 'USD' });
}

test('requests without a replica share the whole pool, as any of its replicas may have served them', () => {
  const { shares, record } = settle([request('a', [[0, 30 * S]]), request('b', [[0, 60 * S]])]);
  // Half a minute of four replicas for two, half a minute for one: 0.15 and 0.45 of $0.60.
  expect([...shares.replicaNanos]).toEqual([60 * S, 180 * S]);
  expect([...shares.used].map((used, index) => used + (shares.slack[index] ?? 0))).toEqual([
    150_000_000_000, 450_000_000_000,
  ]);
  // Of eight places two were filled at first and one then.
  expect(record).toMatchObject({
    used: '0.112500000000',
    slack: '0.487500000000',
    idle: '0.000000000000',
    busySeconds: '240.000000000',
    filledSeconds: '45.000000000',
    unknownReplicas: 2,
  });
});

test('beside requests of known replicas those without one share the others', () => {
  const { shares, record } = settle([
    request('a', [[0, 60 * S]], { replica: 'gpu-0' }),
    request('b', [[0, 30 * S]]),
  ]);
  expect([...shares.replicaNanos]).toEqual([60 * S, 90 * S]);
  expect(record).toMatchObject({ idle: '0.225000000000', busySeconds: '150.000000000', unknownReplicas: 1 });
});

test('a late request takes no more of the pool than was idle, whichever replica it names', () => {
  const replica = fc.constantFrom(undefined, 'gpu-0', 'gpu-1', 'gpu-2', 'gpu-3', 'gpu-4');
  const times = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]): [number, number] => [a * S, b * S]);
  const requests = fc.array(fc.tuple(replica, times, fc.boolean()), { maxLength: 8 });
  const strict = { ...four, late: 'idle_only' as const };
  const late = { closedUntilUnixNano: windowOf(strict).endUnixNano, number: 0 };
  fc.assert(
    fc.property(requests, (list) => {
      const all = list.map(([name, [start, end], isLate], index) =>
        request(`r${index}`, [[start, Math.max(start, end)]], {
          replica: name,
          late: isLate ? { ...late, number: index } : undefined,
        }),
      );
      const { shares, record } = settle(all, strict);
      const onTime = settle(
        all.filter((each) => each.late === undefined),
        strict,
      );
      const nanos = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
      expect(nanos(shares.replicaNanos)).toBeLessThanOrEqual(240 * S * (1 + 1e-9));
      expect(Number(record.idle)).toBeGreaterThanOrEqual(0);
      const kept = all.flatMap((each, index) => (each.late === undefined ? [shares.used[index]] : []));
      expect(kept).toEqual([...onTime.shares.used]);
    }),
  );
});
