/**
 * The price engine beside `calcPrice` of @pydantic/genai-prices, on the same calls in the same run. Run it from
 * the root after a build: `npx pnpm@11 exec node --expose-gc --conditions=@costspan/source packages/pricing/bench/price-call.ts`
 *
 * 1. Answers: every entry that the peer knows is priced by both, and the entries with another answer are listed
 *    by the reason why ours differs.
 * 2. Speed: both price the same calls. A round measures one, then the other; the order alternates, so that drift
 *    of the machine hits both. A figure is the median over the rounds; the ratio is that of the rounds' ratios.
 * 3. Loading: fresh processes parse and index the whole book, or import the peer, in turn.
 */
import type { ModelCall, TokenUsage } from '@costspan/cost-model';
import { calcPrice } from '@pydantic/genai-prices';
import { builtinPriceBook } from '../src/index.ts';
import { REVIEWED_DIFFERENCES } from '../test/reviewed-differences.ts';
import { measureLoading } from './loading.ts';

const ROUNDS = 21;
const CALLS_PER_ROUND = 60_000;
const AT = new Date('2026-09-16T12:00:00Z');

interface Case {
  readonly provider: string;
  readonly sourceProvider: string;
  readonly model: string;
  readonly usage: TokenUsage;
}

const CASES: readonly Case[] = [
  {
    provider: 'openai',
    sourceProvider: 'openai',
    model: 'gpt-5-mini-2025-08-07',
    usage: { input: 176, cacheRead: 1024, output: 350 },
  },
  { provider: 'openai', sourceProvider: 'openai', model: 'gpt-5.5', usage: { input: 300_000, output: 1000 } },
  {
    provider: 'anthropic',
    sourceProvider: 'anthropic',
    model: 'claude-sonnet-4-5-20250929',
    usage: { input: 900, cacheRead: 8000, cacheWrite5m: 400, output: 600 },
  },
  {
    provider: 'gcp.gemini',
    sourceProvider: 'google',
    model: 'gemini-2.5-flash',
    usage: { input: 2500, output: 700 },
  },
  {
    provider: 'mistral_ai',
    sourceProvider: 'mistral',
    model: 'mistral-medium-latest',
    usage: { input: 1200, output: 300 },
  },
  { provider: 'openai', sourceProvider: 'openai', model: 'text-embedding-3-small', usage: { input: 512 } },
];

const book = builtinPriceBook();

const ours: readonly ModelCall[] = CASES.map(({ provider, model, usage }) => ({
  dialect: 'bench',
  provider,
  requestModel: model,
  responseModel: undefined,
  operation: 'other',
  usage,
  usageSource: 'span',
  responseId: undefined,
  serviceTier: 'default',
  serverAddress: undefined,
  errorType: undefined,
}));

const theirs = CASES.map(({ sourceProvider, model, usage }) => {
  const { input = 0, cacheRead = 0, cacheWrite5m = 0, output } = usage;
  return {
    model,
    options: { providerId: sourceProvider, timestamp: AT },
    usage: {
      input_tokens: input + cacheRead + cacheWrite5m,
      ...(cacheRead > 0 && { cache_read_tokens: cacheRead }),
      ...(cacheWrite5m > 0 && { cache_write_tokens: cacheWrite5m }),
      ...(output !== undefined && { output_tokens: output }),
    },
  };
});

function priceOurs(index: number): number {
  const call = ours[index % ours.length];
  const result = call === undefined ? undefined : book.price(call, AT.getTime());
  return result?.status === 'priced' ? result.totalPico / 1e12 : Number.NaN;
}

function priceTheirs(index: number): number {
  const call = theirs[index % theirs.length];
  const result = call === undefined ? null : calcPrice(call.usage, call.model, call.options);
  return result?.total_price ?? Number.NaN;
}

function nanosPerCall(price: (index: number) => number, calls: number): number {
  let total = 0;
  const started = process.hrtime.bigint();
  for (let index = 0; index < calls; index += 1) total += price(index);
  const nanos = Number(process.hrtime.bigint() - started);
  if (Number.isNaN(total)) throw new Error('a call has no price');
  return nanos / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

CASES.forEach(({ model }, index) => {
  const difference = Math.abs(priceOurs(index) - priceTheirs(index));
  if (difference > 1e-9 * priceTheirs(index))
    throw new Error(`${model}: ${priceOurs(index)} here, ${priceTheirs(index)} there`);
});

const rounds = Array.from({ length: ROUNDS }, (_, round) => {
  // The slower one gets fewer calls, so that a round is about as long for both.
  const measures = [
    (): number => nanosPerCall(priceOurs, CALLS_PER_ROUND),
    (): number => nanosPerCall(priceTheirs, CALLS_PER_ROUND / 30),
  ];
  const [first, second] = round % 2 === 0 ? measures : measures.toReversed();
  const values = [first?.() ?? Number.NaN, second?.() ?? Number.NaN];
  const [own = Number.NaN, peer = Number.NaN] = round % 2 === 0 ? values : values.toReversed();
  return { own, peer };
}).slice(1);

const own = median(rounds.map((round) => round.own));
const peer = median(rounds.map((round) => round.peer));
const ratio = median(rounds.map((round) => round.peer / round.own));

const entriesByReason = Map.groupBy(Object.entries(REVIEWED_DIFFERENCES), ([, reason]) => reason);
console.log(`answers that differ from calcPrice, by the reason for ours (the tests hold both to it):`);
for (const [reason, entries] of entriesByReason) {
  const names = entries.map(([name]) => name);
  const shown =
    names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  console.log(`  ${reason}: ${shown}`);
}
console.log('');
console.log(`one call priced     ${own.toFixed(0).padStart(7)} ns  (median; target 500)`);
console.log(`calcPrice of it     ${peer.toFixed(0).padStart(7)} ns`);
console.log(`ratio               ${ratio.toFixed(1).padStart(7)} times faster  (target 20)`);
const loading = measureLoading();
console.log(
  `book loaded         ${loading.bookMillis.toFixed(1).padStart(7)} ms  (parsed and indexed; target 25)`,
);
console.log(`  and its modules   ${loading.importMillis.toFixed(1).padStart(7)} ms`);
console.log(`heap of it          ${loading.heapMegabytes.toFixed(1).padStart(7)} MB  (target 10)`);
console.log(
  `peer imported       ${loading.peerImportMillis.toFixed(1).padStart(7)} ms, ${loading.peerHeapMegabytes.toFixed(1)} MB`,
);
