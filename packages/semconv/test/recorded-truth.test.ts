/**
 * What is billed of every recorded run beside what really happened in it: nothing twice, nothing above the provider's
 * own counts without a flag that says so, and each flag a true bound. The table shows what each instrumentation lost.
 */
import { readdirSync } from 'node:fs';
import { inputTokenTotal, type ModelCall, type TokenUsage } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { billedCalls } from './billed-calls.ts';
import { recordedSpans } from './otlp-json-spans.ts';
import { type ProviderCalls, RECORDED_TRUTH } from './recorded-truth.ts';

const folder = new URL('./fixtures/spans/', import.meta.url);
const SUFFIX = '.otlp.json';
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(SUFFIX))
  .map((name) => name.slice(0, -SUFFIX.length));

/** Sums that no way of splitting a count changes: the parts of input by price, and output with its reasoning. */
interface Tokens {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

function tokensOf(usage: TokenUsage): Tokens {
  const cacheRead = (usage.cacheRead ?? 0) + (usage.cacheReadAudio ?? 0) + (usage.cacheReadImage ?? 0);
  const cacheWrite = (usage.cacheWrite ?? 0) + (usage.cacheWrite5m ?? 0) + (usage.cacheWrite1h ?? 0);
  return {
    uncached: inputTokenTotal(usage) - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output:
      (usage.output ?? 0) + (usage.outputAudio ?? 0) + (usage.outputImage ?? 0) + (usage.reasoning ?? 0),
  };
}

function isWithin(tokens: Tokens, limit: Tokens): boolean {
  return (
    tokens.uncached <= limit.uncached &&
    tokens.cacheRead <= limit.cacheRead &&
    tokens.cacheWrite <= limit.cacheWrite &&
    tokens.output <= limit.output
  );
}

function sum(all: readonly Tokens[]): Tokens {
  return all.reduce(
    (total, each) => ({
      uncached: total.uncached + each.uncached,
      cacheRead: total.cacheRead + each.cacheRead,
      cacheWrite: total.cacheWrite + each.cacheWrite,
      output: total.output + each.output,
    }),
    { uncached: 0, cacheRead: 0, cacheWrite: 0, output: 0 },
  );
}

function inputOf({ uncached, cacheRead, cacheWrite }: Tokens): number {
  return uncached + cacheRead + cacheWrite;
}

/** Whether what is billed is true to a call that happened, by what its flags claim. */
function isTrueTo(call: ModelCall, happened: Tokens): boolean {
  const tokens = tokensOf(call.usage ?? {});
  if (call.usageSource === 'estimated') return true;
  if (call.usageIncomplete === undefined) return isWithin(tokens, happened);
  // Of what is missing, a part may stand in another place: cached tokens among the uncached ones.
  if (call.usageIncomplete === 'lower_bound')
    return inputOf(tokens) <= inputOf(happened) && tokens.output <= happened.output;
  // Cached tokens may stand among the uncached ones, which cost more, and so make the whole an upper bound.
  return (
    tokens.uncached >= happened.uncached &&
    tokens.uncached + tokens.cacheRead >= happened.uncached + happened.cacheRead &&
    tokens.cacheWrite >= happened.cacheWrite &&
    tokens.output >= happened.output
  );
}

function isOfKind(call: ModelCall, { provider, kind }: ProviderCalls): boolean {
  if (call.provider !== undefined && call.provider !== provider) return false;
  return (call.operation === 'embeddings') === (kind === 'embeddings');
}

function withUsage(calls: readonly ModelCall[]): ModelCall[] {
  return calls.filter((call) => call.usage !== undefined);
}

/**
 * Pairs billed calls with calls that happened, each at most once, and returns those for which none is left. A pair is
 * undone where that makes room for one more.
 */
function callsWithoutTruth(billed: readonly ModelCall[], answered: readonly ProviderCalls[]): ModelCall[] {
  const happened = answered.flatMap((truth) => Array.from({ length: truth.calls }, () => truth));
  const pairs: (ModelCall | undefined)[] = [];
  const place = (call: ModelCall, tried: Set<number>): boolean =>
    happened.some((truth, index) => {
      if (tried.has(index) || !isOfKind(call, truth) || !isTrueTo(call, tokensOf(truth.usage))) return false;
      tried.add(index);
      const other = pairs[index];
      if (other !== undefined && !place(other, tried)) return false;
      pairs[index] = call;
      return true;
    });
  return billed.filter((call) => !place(call, new Set()));
}

const rows: string[] = [];

test.each(fixtures)('%s bills no call twice, and none too high without a flag', (name) => {
  const truth = RECORDED_TRUTH[name];
  if (truth === undefined) throw new Error(`what happened while ${name} was recorded is not stated`);
  const calls = billedCalls(recordedSpans(new URL(`${name}${SUFFIX}`, folder)));
  const billed = withUsage(calls);
  const happened = truth.answered.flatMap(({ calls: times, usage }) =>
    Array.from({ length: times }, () => tokensOf(usage)),
  );
  rows.push(row(name, happened, calls));
  expect(callsWithoutTruth(billed, truth.answered)).toEqual([]);
});

function row(name: string, happened: readonly Tokens[], calls: readonly ModelCall[]): string {
  const billed = withUsage(calls);
  const truth = sum(happened);
  const ours = sum(billed.map(({ usage = {} }) => tokensOf(usage)));
  const flags = [
    ...count(billed, 'estimated', (call) => call.usageSource === 'estimated'),
    ...count(billed, 'upper bound', (call) => call.usageIncomplete === 'upper_bound'),
    ...count(billed, 'lower bound', (call) => call.usageIncomplete === 'lower_bound'),
  ];
  return [
    name,
    `${billed.length} of ${happened.length}`,
    ...(['uncached', 'cacheRead', 'cacheWrite', 'output'] as const).map(
      (part) => `${ours[part]} of ${truth[part]}`,
    ),
    flags.join(', ') || '-',
  ].join(' | ');
}

function count(calls: readonly ModelCall[], name: string, has: (call: ModelCall) => boolean): string[] {
  const number = calls.filter(has).length;
  return number === 0 ? [] : [`${number} ${name}`];
}

test('the table of what each instrumentation lost', async () => {
  const header =
    'fixture | calls | uncached input | cache read | cache write | output with reasoning | flags';
  const table = `${[header, ...rows.toSorted()].join('\n')}\n`;
  await expect(table).toMatchFileSnapshot(new URL('./recorded-truth.txt', import.meta.url).pathname);
});
