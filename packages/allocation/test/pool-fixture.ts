import { type GpuPool, type GpuWindowRecord, parseMoney } from '@costspan/cost-model';
import { expect } from 'vitest';
import type { GpuRequest, GpuWindow, SettledWindow } from '../src/index.ts';

export const SECOND = 1_000_000_000n;
/** A whole hour since the epoch. */
export const START: bigint = 1_767_225_600n * SECOND;

export function money(decimal: string): GpuPool['rates'][number]['perHour'] {
  const amount = parseMoney(decimal);
  if (amount === undefined) throw new Error(`no amount: ${decimal}`);
  return amount;
}

export function pool(changes: Partial<GpuPool> & { readonly perHour?: string } = {}): GpuPool {
  const { perHour = '4', ...rest } = changes;
  return {
    name: 'llama',
    owner: undefined,
    match: {},
    instance: undefined,
    gpus: 1,
    replicas: 1,
    replicaKeys: [],
    rates: [{ fromUnixNano: START, perHour: money(perHour) }],
    method: 'time_share',
    basis: 'concurrency',
    capacity: undefined,
    idle: 'separate',
    reserved: [],
    overhead: undefined,
    windowSeconds: 60,
    latenessSeconds: 900,
    late: 'reopen',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
    ...rest,
  };
}

/** A window of a pool from its first rate on; by default its first minute. */
export function windowOf(
  from: GpuPool,
  nanos: bigint = 60n * SECOND,
  startUnixNano: bigint = START,
): GpuWindow {
  return { startUnixNano, endUnixNano: startUnixNano + nanos, rate: from.rates[0] };
}

export type Times = readonly [startNanos: number | bigint, endNanos: number | bigint, weight?: number];

/** Times are nanoseconds after {@link START}. */
export function request(id: string, times: readonly Times[], changes: Partial<GpuRequest> = {}): GpuRequest {
  return {
    id,
    tenant: 'acme',
    replica: undefined,
    startUnixNano: START + BigInt(times[0]?.[0] ?? 0),
    intervals: times.map(([start, end, weight = 1]) => ({
      startUnixNano: START + BigInt(start),
      endUnixNano: START + BigInt(end),
      weight,
    })),
    adjustedCount: 1,
    outputTokens: 10,
    late: undefined,
    ...changes,
  };
}

export const OPTIONS: { readonly revision: number; readonly currency: string } = {
  revision: 1,
  currency: 'USD',
};

export function pico(decimal: string): bigint {
  return money(decimal);
}

const AMOUNTS = ['used', 'slack', 'idle', 'overhead'] as const;

export function total(amounts: Float64Array): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
}

/** Everything that holds for any settled window. */
export function expectBalanced({ record, shares }: SettledWindow): void {
  const { bill, used, slack, idle, unsampled, overhead } = record;
  expect(pico(used) + pico(slack) + pico(idle) + pico(unsampled) + pico(overhead)).toBe(pico(bill));
  expect(total(shares.used)).toBe(pico(used));
  expect(total(shares.slack)).toBe(pico(slack));
  for (const name of AMOUNTS) {
    for (const amount of shares[name]) expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
  }
  for (const row of record.tenants) for (const name of AMOUNTS) expect(row[name]).not.toContain('-');
  const tenantPicos = record.tenants.flatMap((row) => AMOUNTS.map((name) => pico(row[name])));
  expect(tenantPicos.reduce((sum, amount) => sum + amount, 0n)).toBe(pico(bill));
  expect(nanosOf(record, 'busySeconds')).toBeLessThanOrEqual(nanosOf(record, 'replicaSeconds'));
}

export function nanosOf(
  record: GpuWindowRecord,
  field: 'busySeconds' | 'activeSeconds' | 'replicaSeconds',
): number {
  return Number(record[field].replace('.', ''));
}
