import { type GpuPool, type GpuWindowRecord, type Money, parseMoney } from '@costspan/cost-model';
import type { EngineLedger } from './batching-engine.ts';
import { type GatewayBooks, type GpuRecord, gpuRecords } from './gateway-books.ts';
import { type ActiveRequest, overlap, type Period, timeShares, UNITS_PER_NANO } from './time-shares.ts';
import { CHARACTERS_PER_TOKEN, type PlannedRequest } from './traffic.ts';

/** Something that must hold, and what was found. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

/** What really happened, to compare the books with. */
export interface Truth {
  readonly pool: GpuPool;
  readonly plan: readonly PlannedRequest[];
  /** By the replica's name. */
  readonly ledgers: ReadonlyMap<string, EngineLedger>;
  /** What each request was estimated to cost while its windows were open, by its response id. */
  readonly estimates: ReadonlyMap<string, Money>;
  /** What the service itself estimated when each answer was there, likewise. */
  readonly estimatesInProcess: ReadonlyMap<string, Money>;
}

/** A client's clock counts in milliseconds, and a server's time is moved into its client's where it does not fit. */
const CLOCK_NANOS_MAX = 5_000_000n;
/** A window's cost is split over the replicas first, and each part is rounded once more. */
const ROUNDED_PICO_MAX = 2n;
const NANOS_PER_HOUR = 3_600_000_000_000n;

/** Compares a gateway's books with what really happened. */
export function checkBooks(books: GatewayBooks, truth: Truth): Check[] {
  const records = gpuRecords(books.records);
  return [
    windowsAddUp(books.windows),
    windowsCostTheirRate(books.windows, truth.pool),
    requestsAddUp(books.windows, records),
    requestsOnce(books, truth),
    tenantsServed(records, truth),
    intervalsAsScheduled(records, truth),
    amountsAsDivided(books.windows, records, truth.pool),
    secondsAsServed(books.windows, records, truth),
    busyAsComputed(books.windows, truth),
    estimatesAbove(records, truth.estimates, 'the gateway'),
    estimatesTogetherAbove(records, truth.estimatesInProcess),
  ];
}

function windowsAddUp(windows: readonly GpuWindowRecord[]): Check {
  const wrong = windows.filter(({ bill, used, slack, idle, unsampled, overhead, tenants }) => {
    const parts = sum([used, slack, idle, unsampled, overhead]);
    const ofTenants = sum(tenants.flatMap((row) => [row.used, row.slack, row.idle, row.overhead]));
    return parts !== pico(bill) || ofTenants !== pico(bill);
  });
  return {
    what: 'every window: used + slack + idle + unsampled + overhead = bill, and so do its tenants',
    ok: wrong.length === 0 && windows.length > 0,
    found: `${windows.length} windows, ${wrong.length} of them do not add up`,
  };
}

/** The differences of a clock that counts the cost since the rate's first day: less than one pico-unit off. */
function windowsCostTheirRate(windows: readonly GpuWindowRecord[], pool: GpuPool): Check {
  const perHour = pool.rates.at(-1)?.perHour ?? 0n;
  const wrong = windows.filter(({ bill, startUnixNano, endUnixNano }) => {
    const exact = perHour * (BigInt(endUnixNano) - BigInt(startUnixNano));
    return magnitude(pico(bill) * NANOS_PER_HOUR - exact) >= NANOS_PER_HOUR;
  });
  return {
    what: 'every window costs its part of the hourly rate',
    ok: wrong.length === 0,
    found: `${sum(windows.map(({ bill }) => bill))} pico-units in all, ${wrong.length} windows are off`,
  };
}

function requestsAddUp(windows: readonly GpuWindowRecord[], records: readonly GpuRecord[]): Check {
  const wrong = windows.filter((window) => {
    const parts = partsOf(records, window).map(({ part }) => part);
    return (
      sum(parts.map(({ used }) => used)) !== pico(window.used) ||
      sum(parts.map(({ slack }) => slack)) !== pico(window.slack)
    );
  });
  const unequal = records.filter(({ cost, gpu }) => {
    const total = sum(gpu.windows.flatMap((part) => [part.used, part.slack, part.idle, part.overhead]));
    return pico(cost?.total ?? '0') !== total;
  });
  return {
    what: "the requests' parts add up to their windows' and to their own cost",
    ok: wrong.length + unequal.length === 0,
    found: `${wrong.length} windows and ${unequal.length} requests differ`,
  };
}

/** The client's span and the server's are one request, with the server's replica. */
function requestsOnce({ records }: GatewayBooks, { ledgers }: Truth): Check {
  const byResponse = Map.groupBy(gpuRecords(records), (record) => record.responseId ?? '');
  const served = [...ledgers].flatMap(([replica, ledger]) =>
    ledger.served.map(({ id }) => ({ id, replica })),
  );
  const wrong = served.filter(({ id, replica }) => {
    const priced = byResponse.get(id) ?? [];
    return priced.length !== 1 || priced[0]?.gpu.replica !== replica || priced[0].gpu.basis !== 'settled';
  });
  const others = records.filter(({ status }) => status === 'unpriced').length;
  const priced = gpuRecords(records).length;
  return {
    what: 'every request that was served is in the books once, settled, at its replica',
    ok: wrong.length === 0 && others === 0 && priced === served.length,
    found: `${served.length} served, ${priced} settled, ${others} without a price, ${wrong.length} wrong`,
  };
}

/** Nothing but the plan says who asked for how many tokens. */
function tenantsServed(records: readonly GpuRecord[], { plan }: Truth): Check {
  const asked = plan.map(({ tenant, promptCharacters, outputTokens }) =>
    [tenant, Math.ceil(promptCharacters / CHARACTERS_PER_TOKEN), outputTokens].join(' '),
  );
  const booked = records.map(({ tenant, usage }) => [tenant, usage?.input, usage?.output].join(' '));
  return {
    what: 'every tenant has its own requests, with their tokens',
    ok: asked.toSorted().join() === booked.toSorted().join(),
    found: `${new Set(records.map(({ tenant }) => tenant)).size} tenants`,
  };
}

function intervalsAsScheduled(records: readonly GpuRecord[], { ledgers }: Truth): Check {
  const scheduled = new Map(scheduledRequests(ledgers).map((request) => [request.id, request]));
  const deviations = records.map(({ responseId, gpu }) => {
    const truth = scheduled.get(responseId ?? '');
    const first = gpu.intervals[0];
    const last = gpu.intervals.at(-1);
    if (truth === undefined || first === undefined || last === undefined) return NANOS_PER_HOUR;
    return greater(
      magnitude(BigInt(first.startUnixNano) - truth.startUnixNano),
      magnitude(BigInt(last.endUnixNano) - truth.endUnixNano),
    );
  });
  const most = deviations.reduce(greater, 0n);
  return {
    what: 'every request is charged for the time in which its engine worked on it',
    ok: most <= CLOCK_NANOS_MAX && records.length > 0,
    found: `at most ${most} ns off`,
  };
}

/** The books' amounts, from the books' own intervals by brute force. */
function amountsAsDivided(
  windows: readonly GpuWindowRecord[],
  records: readonly GpuRecord[],
  pool: GpuPool,
): Check {
  const requests = records.flatMap((record) =>
    record.gpu.intervals.map((interval) => ({ id: idOf(record), ...activeOf(record, interval) })),
  );
  let most = 0n;
  for (const window of windows) {
    const period = periodOf(window);
    const shares = timeShares(requests, period);
    const units = (period.endUnixNano - period.startUnixNano) * UNITS_PER_NANO * BigInt(pool.replicas);
    for (const { record, part } of partsOf(records, window)) {
      const exact = (shares.get(idOf(record)) ?? 0n) * (pico(window.bill) - pico(window.overhead));
      const difference = magnitude(sum([part.used, part.slack]) * units - exact);
      most = greater(most, difference / units);
    }
  }
  return {
    what: 'every amount is what dividing each moment among those in the batch gives',
    ok: most < ROUNDED_PICO_MAX,
    found: `less than ${most + 1n} pico-units off`,
  };
}

/** The books' times against those that the engines' ledgers give by brute force. */
function secondsAsServed(
  windows: readonly GpuWindowRecord[],
  records: readonly GpuRecord[],
  { ledgers }: Truth,
): Check {
  const requests = scheduledRequests(ledgers);
  let most = 0n;
  for (const window of windows) {
    const shares = timeShares(requests, periodOf(window));
    for (const { record, part } of partsOf(records, window)) {
      const exact = (shares.get(record.responseId ?? '') ?? 0n) / UNITS_PER_NANO;
      most = greater(most, magnitude(BigInt(Math.round(part.replicaNanos)) - exact));
    }
  }
  return {
    what: "every request's time is what the engines' ledgers give by brute force",
    ok: most <= CLOCK_NANOS_MAX,
    found: `at most ${most} ns off`,
  };
}

function busyAsComputed(windows: readonly GpuWindowRecord[], { ledgers }: Truth): Check {
  const busy = [...ledgers.values()].flatMap((ledger) => ledger.busy);
  const deviations = windows.map((window) => {
    const nanos = busy
      .map((period) => overlap(period, periodOf(window)))
      .reduce(
        (total, { startUnixNano: start, endUnixNano: end }) => (end > start ? total + end - start : total),
        0n,
      );
    return magnitude(nanosOf(window.busySeconds) - nanos);
  });
  const most = deviations.reduce(greater, 0n);
  return {
    what: 'a window is busy as long as the engines computed in it',
    ok: most <= CLOCK_NANOS_MAX * BigInt(ledgers.size),
    found: `at most ${most} ns off`,
  };
}

/**
 * A service sees its own calls from outside: one that waits in the server's queue runs for it, so that a single estimate
 * can be too low by what it waited beside.
 */
function estimatesTogetherAbove(records: readonly GpuRecord[], estimates: Truth['estimates']): Check {
  const estimated = records.filter(({ responseId }) => estimates.has(responseId ?? ''));
  const together = estimated.reduce(
    (total, { responseId }) => total + (estimates.get(responseId ?? '') ?? 0n),
    0n,
  );
  const settled = estimated.reduce((total, { gpu }) => total + sum([gpu.used, gpu.slack]), 0n);
  return {
    what: 'the estimates of the service were together no less than what was settled',
    ok: estimated.length > 0 && together >= settled,
    found: `${estimated.length} estimates, ${(Number(together) / Number(settled)).toFixed(2)} times as much`,
  };
}

function estimatesAbove(records: readonly GpuRecord[], estimates: Truth['estimates'], whose: string): Check {
  const estimated = records.filter(({ responseId }) => estimates.has(responseId ?? ''));
  const below = estimated.filter(({ responseId, gpu }) => {
    // What is settled is rounded in each window.
    const estimate = (estimates.get(responseId ?? '') ?? 0n) + BigInt(gpu.windows.length);
    return estimate < sum([gpu.used, gpu.slack]);
  });
  return {
    what: `no estimate of ${whose} was below what was settled`,
    ok: below.length === 0 && estimated.length > 0,
    found: `${estimated.length} estimates were seen, ${below.length} of them too low`,
  };
}

function partsOf(records: readonly GpuRecord[], { startUnixNano }: GpuWindowRecord) {
  return records.flatMap((record) =>
    record.gpu.windows
      .filter((part) => part.startUnixNano === startUnixNano)
      .map((part) => ({ record, part })),
  );
}

function scheduledRequests(ledgers: Truth['ledgers']): ActiveRequest[] {
  return [...ledgers].flatMap(([replica, { served }]) =>
    served.map(({ id, scheduledUnixNano, lastTokenUnixNano }) => ({
      id,
      replica,
      startUnixNano: scheduledUnixNano,
      endUnixNano: lastTokenUnixNano,
    })),
  );
}

function activeOf(
  { gpu }: GpuRecord,
  { startUnixNano, endUnixNano }: GpuRecord['gpu']['intervals'][number],
): Omit<ActiveRequest, 'id'> {
  return {
    replica: gpu.replica ?? '',
    startUnixNano: BigInt(startUnixNano),
    endUnixNano: BigInt(endUnixNano),
  };
}

function idOf({ traceId, spanId }: GpuRecord): string {
  return `${traceId} ${spanId}`;
}

function periodOf({ startUnixNano, endUnixNano }: GpuWindowRecord): Period {
  return { startUnixNano: BigInt(startUnixNano), endUnixNano: BigInt(endUnixNano) };
}

/** Nine places, as nanoseconds. */
function nanosOf(seconds: string): bigint {
  return pico(seconds) / 1000n;
}

function pico(amount: string): bigint {
  return parseMoney(amount) ?? 0n;
}

function sum(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + pico(amount), 0n);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function greater(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
