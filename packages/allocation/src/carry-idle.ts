import { type GpuPool, moneyFromPico, splitMoney } from '@costspan/cost-model';
import { apportion } from './apportion.ts';
import { ACTIVE, LATE, type RequestColumns, STARTED } from './request-columns.ts';
import { totalAmount } from './total-amount.ts';

/** Idle cost, and the overhead on it, that no request carries but a tenant does, or nobody (`undefined`). */
export interface IdleRow {
  readonly tenant: string | undefined;
  readonly idlePico: number;
  readonly overheadPico: number;
}

export interface CarriedIdle {
  /** What each request carries with all that it stands for, by position. */
  readonly idlePico: Float64Array;
  readonly rows: readonly IdleRow[];
}

/** Divides the cost of idle time by the pool's policy. What nobody is there to carry stays apart. */
export function carryIdle(
  pool: GpuPool,
  columns: RequestColumns,
  chargedPico: Float64Array,
  idlePico: number,
): CarriedIdle {
  if (pool.idle === 'reserved' && pool.reserved.length > 0)
    return byReservation(pool, columns, chargedPico, idlePico);
  const parts =
    pool.idle === 'proportional'
      ? chargedPico.slice()
      : pool.idle === 'even'
        ? requestCounts(pool, columns)
        : undefined;
  const whole = parts === undefined ? 0 : totalAmount(parts);
  if (parts !== undefined && whole > 0) {
    const { shares } = apportion({
      amountPico: idlePico,
      whole,
      hi: parts,
      rest: [],
      before: columns.before,
    });
    return { idlePico: shares, rows: [] };
  }
  const tenant = pool.idle === 'owner' ? pool.owner : undefined;
  return { idlePico: new Float64Array(columns.count), rows: [{ tenant, idlePico, overheadPico: 0 }] };
}

/** Those that the method charges, each as often as the requests that it stands for. */
function requestCounts(pool: GpuPool, columns: RequestColumns): Float64Array {
  const present = pool.method === 'throughput' ? STARTED : ACTIVE;
  const counts = new Float64Array(columns.count);
  for (let position = 0; position < columns.count; position += 1) {
    const counted = ((columns.presence[position] ?? 0) & (present | LATE)) === present;
    counts[position] = counted ? (columns.counts?.[position] ?? 1) : 0;
  }
  return counts;
}

/** By booked shares; within a tenant in proportion to what its requests are charged, or all to itself if it has none. */
function byReservation(
  pool: GpuPool,
  columns: RequestColumns,
  chargedPico: Float64Array,
  idlePico: number,
): CarriedIdle {
  const carried = new Float64Array(columns.count);
  const rows: IdleRow[] = [];
  const bookedPicos = splitMoney(
    moneyFromPico(idlePico),
    pool.reserved.map(({ share }) => BigInt(share)),
  );
  const positionsOf = chargedPositions(
    columns,
    chargedPico,
    new Set(pool.reserved.map(({ tenant }) => tenant)),
  );
  for (const [index, { tenant }] of pool.reserved.entries()) {
    const bookedPico = Number(bookedPicos[index] ?? 0n);
    const positions = positionsOf.get(tenant) ?? [];
    if (positions.length === 0) {
      rows.push({ tenant, idlePico: bookedPico, overheadPico: 0 });
      continue;
    }
    const hi = Float64Array.from(positions, (position) => chargedPico[position] ?? 0);
    const { shares } = apportion({
      amountPico: bookedPico,
      whole: totalAmount(hi),
      hi,
      rest: [],
      before: (left, right) => columns.before(positions[left] ?? 0, positions[right] ?? 0),
    });
    for (const [place, position] of positions.entries())
      carried[position] = (carried[position] ?? 0) + (shares[place] ?? 0);
  }
  return { idlePico: carried, rows };
}

function chargedPositions(
  columns: RequestColumns,
  chargedPico: Float64Array,
  tenants: ReadonlySet<string>,
): ReadonlyMap<string, number[]> {
  const positions = new Map<string, number[]>();
  for (let position = 0; position < columns.count; position += 1) {
    const pico = chargedPico[position] ?? 0;
    const tenant = columns.tenants[columns.tenant[position] ?? 0];
    if (pico === 0 || tenant === undefined || !tenants.has(tenant)) continue;
    const list = positions.get(tenant);
    if (list === undefined) positions.set(tenant, [position]);
    else list.push(position);
  }
  return positions;
}
