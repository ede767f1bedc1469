/**
 * What an estimate of GPU time adds to enriching a span.
 *
 * 1. `enrich` takes requests of a hundred vLLM spans, new ones each round, with a pool whose lane is full and without
 *    one. So many run at each time as the row says.
 * 2. `estimate` is the part of {@link GpuNeighbours} alone on the same spans: adding all of a request, then each one's
 *    share, with a capacity; `one by one` when each span is a request of its own.
 * 3. Figures are microseconds of CPU time per span (user and system, all threads), medians over the rounds.
 *
 * Run it with `node --conditions=@costspan/source packages/gateway/bench/gpu-estimates.ts`.
 */
import type { GpuInterval } from '@costspan/allocation';
import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { enrichOtlp, type EnrichmentSettings, openCallHistory } from '../src/enrich-request.ts';
import { GpuNeighbours } from '../src/gpu/gpu-neighbours.ts';
import { GpuPricing } from '../src/gpu/gpu-pricing.ts';
import { type ServedRequest, serverRequest, testPool, unixNano } from '../test/gpu-spans.ts';
import { encodeProtobuf } from '../test/otlp-messages.ts';

const ROUNDS = 60;
/** Until the code is compiled and the lane full. */
const WARM_UP_ROUNDS = 20;
const SPANS_PER_REQUEST = 100;
const SECONDS_BETWEEN = 0.01;
const CAPACITY = 256;

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan'],
};
const pools = [testPool({ capacity: CAPACITY })];

/** Requests whose spans follow each other evenly, and run for so long that as many overlap as wanted. */
function rounds(running: number, spansPerRound = SPANS_PER_REQUEST): readonly ServedRequest[][] {
  return Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, (_each, round) =>
    Array.from({ length: spansPerRound }, (_one, index): ServedRequest => {
      const id = round * spansPerRound + index;
      return { id, start: id * SECONDS_BETWEEN, end: (id + running - 0.5) * SECONDS_BETWEEN };
    }),
  );
}

/** Microseconds for each span. */
function measure<Input>(inputs: readonly Input[], run: (input: Input) => unknown): number {
  const micros = inputs.map((input) => {
    const before = process.cpuUsage();
    run(input);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / SPANS_PER_REQUEST;
  });
  return micros.slice(WARM_UP_ROUNDS).toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

function enrichMicros(requests: readonly ServedRequest[][], isPooled: boolean): number {
  const used = { ...settings, pools: isPooled ? pools : [] };
  const history = {
    calls: openCallHistory({ millis: 600_000, spansMax: 100_000 }),
    gpu: new GpuPricing(used.pools),
    nowMillis: 0,
  };
  const bodies = requests.map((spans) => encodeProtobuf(serverRequest(...spans)));
  return measure(bodies, (body) => {
    const result = enrichOtlp(body, 'protobuf', used, history);
    const isPriced = result.ok && result.enrichment.calls.at(-1)?.record.status === 'priced';
    if (isPriced !== isPooled) throw new Error('a pool prices its spans, and nothing else does');
    return result.ok && result.enrichment.body();
  });
}

function estimateMicros(requests: readonly ServedRequest[][], isOneByOne: boolean): number {
  const neighbours = new GpuNeighbours<GpuInterval>();
  const batches = requests.map((spans) =>
    spans.map(({ start, end }) => ({
      startUnixNano: unixNano(start),
      endUnixNano: unixNano(end),
      weight: 1,
    })),
  );
  const estimate = (batch: readonly GpuInterval[]): void => {
    for (const one of batch) neighbours.add('lane', one, [one]);
    for (const one of batch) neighbours.share('lane', [one], CAPACITY);
  };
  return measure(batches, (batch) => {
    if (!isOneByOne) estimate(batch);
    else for (const one of batch) estimate([one]);
  });
}

/** The longest that one request holds up all others. */
function largeRequestMillis(spans: number): number {
  const [served = []] = rounds(spans, spans);
  const body = encodeProtobuf(serverRequest(...served));
  const history = {
    calls: openCallHistory({ millis: 600_000, spansMax: 100_000 }),
    gpu: new GpuPricing(pools),
    nowMillis: 0,
  };
  const start = performance.now();
  enrichOtlp(body, 'protobuf', { ...settings, pools }, history);
  return performance.now() - start;
}

console.log(`µs per span, ${ROUNDS} rounds of ${SPANS_PER_REQUEST} spans, Node ${process.version}`);
for (const running of [1, 13, 128, 512]) {
  const requests = rounds(running);
  const without = enrichMicros(requests, false);
  const pooled = enrichMicros(requests, true);
  const estimate = estimateMicros(requests, false);
  const oneByOne = estimateMicros(requests, true);
  console.log(
    `  ${String(running).padStart(3)} running   enrich without a pool ${without.toFixed(1).padStart(6)}   with one ${pooled
      .toFixed(1)
      .padStart(
        6,
      )} (×${(pooled / without).toFixed(2)})   estimate ${estimate.toFixed(2)}   one by one ${oneByOne.toFixed(2)}`,
  );
}
console.log(`One request of 1,000 spans that all overlap: ${largeRequestMillis(1000).toFixed(0)} ms`);
