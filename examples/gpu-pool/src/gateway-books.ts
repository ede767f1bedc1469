import { setTimeout as delay } from 'node:timers/promises';
import type { CostRecord, CostRecordGpu, GpuWindowRecord } from '@costspan/cost-model';

const PAGE_RECORDS = 1000;
const ASK_AGAIN_MILLIS = 250;
/** Longer than a run: a window begins before its first request. */
const AROUND_NANOS = 60_000_000_000n;

/** A record of a request that a pool served. */
export interface GpuRecord extends CostRecord {
  readonly gpu: CostRecordGpu;
}

/** What a gateway has in its books about a pool. */
export interface GatewayBooks {
  readonly windows: readonly GpuWindowRecord[];
  readonly records: readonly CostRecord[];
}

interface GpuAnswer {
  readonly windows: readonly GpuWindowRecord[];
  readonly marks: readonly { readonly pool: string; readonly closedUntilUnixNano: string | null }[];
}

/** The books once every window up to an instant is settled and every request in them, too. */
export async function settledBooks(
  gatewayUrl: string,
  pool: string,
  period: { readonly fromUnixNano: bigint; readonly untilUnixNano: bigint; readonly timeoutMillis: number },
): Promise<GatewayBooks> {
  const giveUpMillis = performance.now() + period.timeoutMillis;
  const query = new URLSearchParams({
    pool,
    from: isoOf(period.fromUnixNano - AROUND_NANOS),
    until: isoOf(period.untilUnixNano + AROUND_NANOS),
  });
  const gpuUrl = `${gatewayUrl}/api/gpu?${query.toString()}`;
  for (;;) {
    const { marks } = await ask<GpuAnswer>(gpuUrl);
    const closedUntil = BigInt(marks.find((mark) => mark.pool === pool)?.closedUntilUnixNano ?? 0);
    const records = await allRecords(gatewayUrl);
    if (
      closedUntil >= period.untilUnixNano &&
      !gpuRecords(records).some(({ gpu }) => gpu.basis === 'estimated')
    ) {
      // A request is settled together with its windows, which are there by now.
      return { windows: (await ask<GpuAnswer>(gpuUrl)).windows, records };
    }
    if (performance.now() > giveUpMillis) {
      const left = gpuRecords(records).filter(({ gpu }) => gpu.basis === 'estimated');
      throw new Error(
        `${pool} was not settled in time: closed until ${closedUntil} of ${period.untilUnixNano}, ` +
          `${left.length} requests are left: ${JSON.stringify(left[0]?.gpu)}`,
      );
    }
    await delay(ASK_AGAIN_MILLIS);
  }
}

/** Every record, page by page. */
export async function allRecords(gatewayUrl: string): Promise<CostRecord[]> {
  const records: CostRecord[] = [];
  let after: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE_RECORDS), ...(after !== null && { after }) });
    const page: { records: CostRecord[]; nextKey: string | null } = await ask(
      `${gatewayUrl}/api/records?${query.toString()}`,
    );
    records.push(...page.records);
    after = page.nextKey;
  } while (after !== null);
  return records;
}

/** The records that a pool's time is charged to. */
export function gpuRecords(records: readonly CostRecord[]): GpuRecord[] {
  return records.filter(
    (record): record is GpuRecord =>
      record.status === 'priced' && record.gpu !== undefined && record.gpu !== null,
  );
}

async function ask<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

function isoOf(unixNano: bigint): string {
  return new Date(Number(unixNano / 1_000_000n)).toISOString();
}
