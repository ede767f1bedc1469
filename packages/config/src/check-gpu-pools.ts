import { Glob, type GpuPool, type Money, parseMoney, ZERO_MONEY } from '@costspan/cost-model';
import type { z } from 'zod';
import type { CostspanConfig } from './costspan-config.ts';

/** Every pattern is compared with those of all other pools. */
const PATTERNS_MAX = 10_000;

/** In pico-units; the amounts of one call are numbers. */
const CALL_COST_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const HOUR_SECONDS = 3600n;
const HUNDRED_PERCENT = 100n * 10n ** 12n;

const ADDRESS_KEY = 'server.address';

interface CompiledPool {
  readonly name: string;
  readonly match: ReadonlyMap<string, readonly Glob[]>;
}

/** What pools say against each other: names are unique, no call fits two, and a window's cost can be counted. */
export function checkGpuPools({ pools }: CostspanConfig, context: z.RefinementCtx<CostspanConfig>): void {
  const complain = (index: number, key: string, message: string): void => {
    context.addIssue({ code: 'custom', path: ['pools', index, key], message });
  };
  pools.forEach((pool, index) => {
    if (pools.findIndex(({ name }) => name === pool.name) !== index) {
      complain(index, 'name', `another pool is already named "${pool.name}"; give each a name of its own`);
    }
    if (pool.rates.some(({ perHour }) => windowCost(pool, perHour) > CALL_COST_MAX)) {
      const cost =
        'at its highest rate a window costs more than $9,007, the most that one request can be charged';
      complain(index, 'window_seconds', `${cost}; shorten window_seconds, now ${pool.windowSeconds}`);
    }
  });
  const patternTotal = pools.reduce((sum, { match }) => sum + Object.values(match).flat().length, 0);
  if (patternTotal > PATTERNS_MAX) {
    const message = `they have ${patternTotal} patterns and may have ${PATTERNS_MAX} together; write some as one with *`;
    context.addIssue({ code: 'custom', path: ['pools'], message });
    return;
  }
  const compiled = pools.map(compile);
  compiled.forEach((pool, index) => {
    const rival = compiled.slice(0, index).find((other) => mayMeet(other.match, pool.match));
    if (rival === undefined || rival.name === pool.name) return;
    complain(
      index,
      'match',
      `a call could match both "${rival.name}" and "${pool.name}"; add an attribute that tells them apart`,
    );
  });
}

/** With overhead, rounded up to the next pico-unit: $4.00 an hour and 12 % on top are at most $0.074666666667 a minute. */
function windowCost({ overhead, windowSeconds }: GpuPool, perHour: Money): bigint {
  const percent = parseMoney(overhead?.percent ?? '0') ?? ZERO_MONEY;
  const factor = HUNDRED_PERCENT + percent;
  const divisor = HUNDRED_PERCENT * HOUR_SECONDS;
  return (perHour * BigInt(windowSeconds) * factor + divisor - 1n) / divisor;
}

function compile({ name, match }: GpuPool): CompiledPool {
  const globs = Object.entries(match).map(
    ([key, patterns]) => [key, patterns.map((pattern) => new Glob(pattern))] as const,
  );
  return { name, match: new Map(globs) };
}

/** Two pools are apart only if they ask for the same attribute and no value of it fits both. */
function mayMeet(left: CompiledPool['match'], right: CompiledPool['match']): boolean {
  for (const [key, globs] of left) {
    const others = right.get(key);
    if (others === undefined) continue;
    if (!globs.some((glob) => others.some((other) => haveCommonValue(key, glob, other)))) return false;
  }
  return true;
}

/** An address is compared as the host and as `host:port`, so that one pool may know the host and another its port. */
function haveCommonValue(key: string, left: Glob, right: Glob): boolean {
  if (left.overlaps(right)) return true;
  return key === ADDRESS_KEY && (withPort(left).overlaps(right) || left.overlaps(withPort(right)));
}

function withPort(host: Glob): Glob {
  return new Glob(`${host.pattern}:*`);
}
