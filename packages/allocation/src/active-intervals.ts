import {
  type CallPhases,
  type GpuFlag,
  type GpuPool,
  inputTokenTotal,
  type ModelCall,
  outputTokenTotal,
  type TokenUsage,
} from '@costspan/cost-model';
import { type GpuInterval, WEIGHT_MAX } from './gpu-request.ts';

/** When a call was worked on, and how much it counts then. */
export interface ActiveIntervals {
  readonly intervals: readonly GpuInterval[];
  readonly flags: readonly GpuFlag[];
}

/** Half open, in nanoseconds since the epoch. */
interface Stretch {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** Weights are whole numbers: a rate of one token in a millisecond, and a measured share of 1, weigh this much. */
const WEIGHT_OF_ONE = 2 ** 20;
const NANOS_PER_MILLI = 1e6;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * What weighs as much as a call whose tokens are not known, among others whose are: a question of a page, answered with
 * half a page in five seconds. Where all lack them they all weigh the same, as by the time alone.
 */
const PLAIN_CALL = { inputTokens: 1000, outputTokens: 250, nanos: 5e9 };

/** Servers round their phases and end their spans a little later or earlier than the work. */
const PHASES_RATIO_MAX = 1.05;
const PHASES_MARGIN_NANOS = 50e6;

/** A call takes from at most so many windows, each of which its record keeps: six hours, where they are minutes. */
const WINDOWS_MAX = 360n;

/**
 * Reads from a call's span and the phases that its server reports when it was really worked on.
 *
 * 1. Phases that cannot be those of the span are ignored: all have to be finite and not negative, and together at most
 *    5 % and 50 ms longer than the span.
 * 2. Waiting and loading a model are no work. The work begins after them where the queue is known; else it ends with
 *    the span and is as long as what was computed.
 * 3. By time every call weighs 1. By tokens it weighs the tokens that it works on in a millisecond, apart for prefill
 *    and decoding where both are known: 1,000 of input in 100 ms weigh 10 × 2^20. By measurement it weighs the part of
 *    the time that it had to itself; one that was not measured weighs as if it had had all of it, so that among its like
 *    it has an equal part.
 * 4. What is longer than can be settled is cut at its beginning.
 */
export function activeIntervals(pool: GpuPool, call: ModelCall, span: Stretch): ActiveIntervals {
  const { startUnixNano, endUnixNano } = span;
  if (endUnixNano < startUnixNano) {
    const { intervals, flags } = weigh(pool, call, { startUnixNano, endUnixNano: startUnixNano }, undefined);
    return { intervals, flags: ['invalid_interval', ...flags] };
  }
  const phases = arePlausible(call.phases, span) ? call.phases : undefined;
  const weighed = weigh(pool, call, workOf(span, phases), phases);
  const intervals = cutLong(pool, weighed.intervals);
  const flags = [...weighed.flags];
  if (phases !== call.phases) flags.push('invalid_phases');
  if (intervals !== weighed.intervals) flags.push('truncated');
  return { intervals, flags };
}

/**
 * Moves what a server reports into the time in which its client waited, by the least shift that fits; what does not fit
 * is cut off. Two clocks differ, and an answer cannot come before its question.
 */
export function alignWithClient(active: ActiveIntervals, client: Stretch): ActiveIntervals {
  const first = active.intervals[0];
  const last = active.intervals.at(-1);
  if (first === undefined || last === undefined || client.endUnixNano < client.startUnixNano) return active;
  const before = client.startUnixNano - first.startUnixNano;
  const after = client.endUnixNano - last.endUnixNano;
  if (before <= 0n && after >= 0n) return active;
  // The work may be moved by anything from `before` to `after`; if it is longer than the wait, it may stand out instead.
  const [least, most] = before <= after ? [before, after] : [after, before];
  const shift = least > 0n ? least : most < 0n ? most : 0n;
  const within = (unixNano: bigint): bigint =>
    clamp(unixNano + shift, client.startUnixNano, client.endUnixNano);
  const intervals = active.intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
    startUnixNano: within(startUnixNano),
    endUnixNano: within(endUnixNano),
    weight,
  }));
  return { intervals, flags: [...active.flags, 'clock_shifted'] };
}

function arePlausible(phases: CallPhases = {}, span: Stretch): boolean {
  const { queueNanos = 0, loadNanos = 0, prefillNanos = 0, decodeNanos = 0 } = phases;
  const { computeNanos = 0, exclusiveNanos = 0 } = phases;
  const given = [queueNanos, loadNanos, prefillNanos, decodeNanos, computeNanos, exclusiveNanos];
  const together = queueNanos + loadNanos + Math.max(prefillNanos + decodeNanos, computeNanos);
  const nanosMax = nanosOf(span) * PHASES_RATIO_MAX + PHASES_MARGIN_NANOS;
  return (
    given.every((nanos) => Number.isFinite(nanos) && nanos >= 0) &&
    together <= nanosMax &&
    exclusiveNanos <= nanosMax
  );
}

function workOf({ startUnixNano, endUnixNano }: Stretch, phases: CallPhases | undefined): Stretch {
  if (phases === undefined) return { startUnixNano, endUnixNano };
  const computed = computedNanos(phases);
  const waited = toNanos((phases.queueNanos ?? 0) + (phases.loadNanos ?? 0));
  if (computed === undefined) {
    return { startUnixNano: clamp(startUnixNano + waited, startUnixNano, endUnixNano), endUnixNano };
  }
  const latestStart = clamp(endUnixNano - computed, startUnixNano, endUnixNano);
  const start =
    phases.queueNanos === undefined ? latestStart : clamp(startUnixNano + waited, startUnixNano, latestStart);
  return { startUnixNano: start, endUnixNano: clamp(start + computed, start, endUnixNano) };
}

/** `undefined` where a part of it is not known. */
function computedNanos({ prefillNanos, decodeNanos, computeNanos }: CallPhases): bigint | undefined {
  if (prefillNanos !== undefined && decodeNanos !== undefined) return toNanos(prefillNanos + decodeNanos);
  return computeNanos === undefined ? undefined : toNanos(computeNanos);
}

function weigh(
  pool: GpuPool,
  call: ModelCall,
  work: Stretch,
  phases: CallPhases | undefined,
): ActiveIntervals {
  if (pool.method === 'tokens') return weighByTokens(pool, call, work, phases);
  if (pool.method === 'throughput' || pool.basis !== 'measured') {
    return { intervals: [{ ...work, weight: 1 }], flags: [] };
  }
  const exclusive = phases?.exclusiveNanos;
  return exclusive === undefined
    ? { intervals: [{ ...work, weight: WEIGHT_OF_ONE }], flags: ['exclusive_time_missing'] }
    : { intervals: [{ ...work, weight: weightOf(exclusive, nanosOf(work)) }], flags: [] };
}

function weighByTokens(
  { tokenWeights }: GpuPool,
  { usage }: ModelCall,
  work: Stretch,
  phases: CallPhases | undefined,
): ActiveIntervals {
  const tokens = usage === undefined ? undefined : countTokens(usage);
  if (tokens === undefined) {
    const { inputTokens, outputTokens, nanos } = PLAIN_CALL;
    const plain = tokenWeights.input * inputTokens + tokenWeights.output * outputTokens;
    const weight = weightOf(plain * NANOS_PER_MILLI, nanos);
    return { intervals: [{ ...work, weight }], flags: ['tokens_missing'] };
  }
  const read = (tokenWeights.input * tokens.input + tokenWeights.cached * tokens.cached) * NANOS_PER_MILLI;
  const written = tokenWeights.output * tokens.output * NANOS_PER_MILLI;
  const { prefillNanos = 0, decodeNanos = 0 } = phases ?? {};
  if (prefillNanos === 0 || decodeNanos === 0) {
    return { intervals: [{ ...work, weight: weightOf(read + written, nanosOf(work)) }], flags: [] };
  }
  const { startUnixNano, endUnixNano } = work;
  const firstToken = clamp(startUnixNano + toNanos(prefillNanos), startUnixNano, endUnixNano);
  const prefill = { startUnixNano, endUnixNano: firstToken, weight: weightOf(read, prefillNanos) };
  const decode = { startUnixNano: firstToken, endUnixNano, weight: weightOf(written, decodeNanos) };
  return { intervals: [prefill, decode], flags: [] };
}

/** `undefined` where no prompt is told. What is written to a cache is read like any other. */
function countTokens(
  usage: TokenUsage,
): { readonly input: number; readonly cached: number; readonly output: number } | undefined {
  const cached = (usage.cacheRead ?? 0) + (usage.cacheReadAudio ?? 0) + (usage.cacheReadImage ?? 0);
  const input = inputTokenTotal(usage) - cached;
  const output = outputTokenTotal(usage);
  return input + cached > 0 ? { input, cached, output } : undefined;
}

/** A part of an amount per nanosecond, as a whole number that sums can bear. */
function weightOf(amount: number, nanos: number): number {
  const weight = Math.round((WEIGHT_OF_ONE * amount) / Math.max(nanos, 1));
  return weight >= 1 ? Math.min(weight, WEIGHT_MAX) : 1;
}

function cutLong(pool: GpuPool, intervals: readonly GpuInterval[]): readonly GpuInterval[] {
  const nanosMax = WINDOWS_MAX * BigInt(pool.windowSeconds) * NANOS_PER_SECOND;
  const from = (intervals.at(-1)?.endUnixNano ?? 0n) - nanosMax;
  if (intervals.every(({ startUnixNano }) => startUnixNano >= from)) return intervals;
  return intervals
    .filter(({ endUnixNano }) => endUnixNano > from)
    .map((interval) => (interval.startUnixNano >= from ? interval : { ...interval, startUnixNano: from }));
}

function nanosOf({ startUnixNano, endUnixNano }: Stretch): number {
  return Number(endUnixNano - startUnixNano);
}

function toNanos(nanos: number): bigint {
  return BigInt(Math.round(nanos));
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  if (value > most) return most;
  return value < least ? least : value;
}
