import type { GpuRequest } from '../src/index.ts';

export interface TrafficOptions {
  readonly seed: number;
  readonly requests: number;
  /** In which they arrive; the last ones run on beyond it. */
  readonly spanNanos: number;
  /** `poisson`: independent arrivals. `bursty`: the rate goes up and down by phases of seconds, ten to one. */
  readonly arrivals: 'poisson' | 'bursty';
  /** Requests that the server works on at once; the others wait. */
  readonly slots: number;
  readonly startUnixNano?: bigint;
  readonly tenants?: number;
}

/** Prompts and answers as chat traffic has them: most are short, some are very long. */
const PROMPT_TOKENS = { median: 700, spread: 1.1, max: 32_000 };
const ANSWER_TOKENS = { median: 180, spread: 0.9, max: 4096 };
const PREFILL_NANOS_PER_TOKEN = 60_000;
const DECODE_NANOS_PER_TOKEN = 12_000_000;

/**
 * Requests of a server that batches up to `slots` of them: arrivals, a queue, prefill by prompt length, decoding by answer
 * length, both with heavy tails. The same for the same seed.
 */
export function traffic(options: TrafficOptions): GpuRequest[] {
  const { requests, slots, startUnixNano = 1_767_225_600_000_000_000n, tenants = 50 } = options;
  const random = randomNumbers(options.seed);
  const arrivals = arrivalTimes(options, random);
  const freeAt = new Float64Array(slots);
  const served: GpuRequest[] = [];
  for (let index = 0; index < requests; index += 1) {
    const arrivalNanos = arrivals[index]!;
    const prefillNanos = lengthOf(PROMPT_TOKENS, random) * PREFILL_NANOS_PER_TOKEN;
    const answerTokens = lengthOf(ANSWER_TOKENS, random);
    const slot = index % slots;
    const startNanos = Math.max(arrivalNanos, freeAt[slot]!);
    const endNanos =
      startNanos + Math.round(prefillNanos + answerTokens * DECODE_NANOS_PER_TOKEN * (0.8 + 0.4 * random()));
    freeAt[slot] = endNanos;
    served.push({
      id: Buffer.from(hex(random) + hex(random) + hex(random)).toString('latin1'),
      tenant: `tenant-${Math.floor(tenants * random() ** 2)}`,
      replica: undefined,
      startUnixNano: startUnixNano + BigInt(arrivalNanos),
      intervals: [
        {
          startUnixNano: startUnixNano + BigInt(startNanos),
          endUnixNano: startUnixNano + BigInt(endNanos),
          weight: 1,
        },
      ],
      adjustedCount: 1,
      outputTokens: answerTokens,
      late: undefined,
    });
  }
  return served;
}

/** Uniform from 0 to 1, by a small generator (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function arrivalTimes({ requests, spanNanos, arrivals }: TrafficOptions, random: () => number): Float64Array {
  const times = new Float64Array(requests);
  let now = 0;
  let phaseEnd = 0;
  let rate = 1;
  for (let index = 0; index < requests; index += 1) {
    if (arrivals === 'bursty' && now >= phaseEnd) {
      rate = rate > 1 ? 0.4 : 4;
      phaseEnd = now + (rate > 1 ? 20 : 60) * exponential(random) * (requests / 1000);
    }
    now += exponential(random) / rate;
    times[index] = now;
  }
  const scale = spanNanos / now;
  return times.map((time) => Math.floor(time * scale));
}

function exponential(random: () => number): number {
  return -Math.log(1 - random());
}

/** Log-normal, cut at the longest that the server takes. */
function lengthOf(tokens: { median: number; spread: number; max: number }, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(tokens.max, Math.max(1, Math.round(tokens.median * Math.exp(tokens.spread * normal))));
}

function hex(random: () => number): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
