import { type GpuPool, type Money, parseMoney } from '@costspan/cost-model';
import type { GpuRequest } from '../src/gpu-request.ts';
import { pool as basePool } from './pool-fixture.ts';

/** 2026-11-20T00:00:00Z. */
export const DAY = 1_795_132_800_000_000_000n;
export const SECOND = 1_000_000_000n;
export const HOUR: bigint = 3600n * SECOND;

export function money(decimal: string): Money {
  const amount = parseMoney(decimal);
  if (amount === undefined) throw new Error(`${decimal} is no amount`);
  return amount;
}

/** $4.00 an hour, one replica that works on eight at once, windows of a minute. */
export function pool(fields: Partial<GpuPool> = {}): GpuPool {
  return basePool({
    name: 'llama-70b',
    match: { 'server.address': ['10.0.0.7'] },
    replicaKeys: ['service.instance.id'],
    rates: [{ fromUnixNano: DAY - 30n * 24n * HOUR, perHour: money('4.00') }],
    capacity: 8,
    ...fields,
  });
}

/** A request from one instant to another, in seconds after {@link DAY}. */
export function request(
  id: number,
  startSeconds: number,
  endSeconds: number,
  fields: Partial<GpuRequest> = {},
): GpuRequest {
  const startUnixNano = DAY + BigInt(Math.round(startSeconds * 1e9));
  return {
    id: String(id).padStart(8, '0'),
    tenant: undefined,
    replica: undefined,
    startUnixNano,
    intervals: [{ startUnixNano, endUnixNano: DAY + BigInt(Math.round(endSeconds * 1e9)), weight: 1 }],
    adjustedCount: 1,
    outputTokens: 0,
    late: undefined,
    ...fields,
  };
}
