/**
 * What following a request costs: nanoseconds for each start and each end, and how far shares are from exact ones.
 *
 * 1. Traces of 200,000 requests, Poisson and bursty, with lengths of a heavy tail.
 * 2. Each trace is played through {@link OnlineLane}, with and without a capacity, through the same virtual clock in
 *    whole numbers of 2^-64 ns, and by looking up requests that were not seen. The figure is CPU time (user and system,
 *    all threads), of the best round.
 * 3. The error is the largest difference between a share and that of the whole numbers.
 *
 * Run it with `node --expose-gc --conditions=@costspan/source packages/allocation/bench/online.ts`.
 */
import { OnlineLane } from '../src/online-lane.ts';
import { traffic } from './traffic.ts';

const REQUESTS = 200_000;
/** A little less than the slots can take. */
const SPAN_NANOS = 8e12;
const SLOTS = 128;
const ROUNDS = 7;
const NANOS_PER_SECOND = 1e9;
const TARGET_NANOS = 1000;

/** Requests by number, and their starts and ends in the order of time. */
interface Trace {
  readonly name: string;
  readonly startNanos: Float64Array;
  readonly endNanos: Float64Array;
  /** Twice a request's number, and one more for its end. */
  readonly events: Uint32Array;
  readonly keys: readonly object[];
}

function traceOf(arrivals: 'poisson' | 'bursty'): Trace {
  const startNanos = new Float64Array(REQUESTS);
  const endNanos = new Float64Array(REQUESTS);
  const served = traffic({
    seed: 7,
    requests: REQUESTS,
    spanNanos: SPAN_NANOS,
    arrivals,
    slots: SLOTS,
    startUnixNano: 0n,
  });
  for (const [request, { intervals }] of served.entries()) {
    startNanos[request] = Number(intervals[0]!.startUnixNano);
    endNanos[request] = Number(intervals[0]!.endUnixNano);
  }
  const timeOf = (event: number): number => (event % 2 === 0 ? startNanos : endNanos)[event >> 1]!;
  const events = Uint32Array.from({ length: 2 * REQUESTS }, (_each, event) => event).sort(
    (a, b) => timeOf(a) - timeOf(b) || a - b,
  );
  return { name: arrivals, startNanos, endNanos, events, keys: Array.from({ length: REQUESTS }, () => ({})) };
}

function playLane(
  { startNanos, endNanos, events, keys }: Trace,
  capacity: number | undefined,
  shares: Float64Array,
): OnlineLane {
  const lane = new OnlineLane({ capacity });
  for (const event of events) {
    const request = event >> 1;
    const key = keys[request]!;
    if (event % 2 === 0) lane.start(key, startNanos[request]!);
    else shares[request] = lane.end(key, endNanos[request]!)!.replicaNanos;
  }
  return lane;
}

/** The same clock in parts of 2^-64 ns, as the measure. */
function playWhole({ startNanos, endNanos, events, keys }: Trace, shares: BigInt64Array): void {
  const running = new Map<object, bigint>();
  let now = 0n;
  let clock = 0n;
  for (const event of events) {
    const request = event >> 1;
    const key = keys[request]!;
    const time = BigInt((event % 2 === 0 ? startNanos : endNanos)[request]!);
    if (running.size > 0) clock += ((time - now) << 64n) / BigInt(running.size);
    now = time;
    if (event % 2 === 0) {
      running.set(key, clock);
    } else {
      // Kept in parts of 2^-20 ns, which fit.
      shares[request] = (clock - running.get(key)!) >> 44n;
      running.delete(key);
    }
  }
}

/** Nanoseconds of CPU time for each of so many operations, of the best round. */
function best(operations: number, play: () => void): number {
  let nanos = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = process.cpuUsage();
    play();
    const { user, system } = process.cpuUsage(before);
    nanos = Math.min(nanos, ((user + system) * 1000) / operations);
  }
  return nanos;
}

function print(name: string, nanos: number, target?: number): void {
  const perSecond = (NANOS_PER_SECOND / nanos / 1e6).toFixed(2);
  const goal = target === undefined ? '' : `   target at most ${target} ns`;
  console.log(
    `  ${name.padEnd(40)}${nanos.toFixed(0).padStart(6)} ns   ${perSecond.padStart(6)} million/s${goal}`,
  );
}

function measure(trace: Trace): void {
  const shares = new Float64Array(REQUESTS);
  const exact = new BigInt64Array(REQUESTS);
  const events = trace.events.length;
  let depth = 0;
  for (let request = 0; request < REQUESTS; request++) {
    depth += trace.endNanos[request]! - trace.startNanos[request]!;
  }
  const seconds = trace.startNanos[REQUESTS - 1]! / NANOS_PER_SECOND;
  console.log(
    `\n${trace.name}: ${(REQUESTS / seconds).toFixed(0)} requests a second, ` +
      `${(depth / NANOS_PER_SECOND / seconds).toFixed(0)} at once on average`,
  );
  print(
    'with a capacity',
    best(events, () => void playLane(trace, 64, shares)),
    TARGET_NANOS,
  );
  const lane = best(events, () => void playLane(trace, undefined, shares));
  print('without', lane, TARGET_NANOS);
  const whole = best(events, () => playWhole(trace, exact));
  print('in whole numbers of 2^-64 ns', whole);
  const played = playLane(trace, undefined, shares);
  const last = trace.endNanos[REQUESTS - 1]!;
  const looked = best(events, () => {
    for (let each = 0; each < events; each++) {
      played.shadow(last - (each % 5000) * 1e6 - 2e9, last - (each % 5000) * 1e6);
    }
  });
  print('a request that was not seen', looked);
  let error = 0;
  for (let request = 0; request < REQUESTS; request++) {
    error = Math.max(error, Math.abs(shares[request]! - Number(exact[request]!) / 2 ** 20));
  }
  console.log(
    `  ${(whole / lane).toFixed(1)} times faster than whole numbers; ${error.toExponential(1)} ns off at most`,
  );
}

console.log(`${2 * REQUESTS} events, CPU time, best of ${ROUNDS} rounds, Node ${process.version}`);
measure(traceOf('poisson'));
measure(traceOf('bursty'));
