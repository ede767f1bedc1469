import type { GpuPool } from '@costspan/cost-model';
import type { z } from 'zod';
import type { KeyPath } from './config-error.ts';

const DAY_SECONDS = 86_400;

type Complain = (path: KeyPath, message: string) => void;

/** What the keys of one pool say against each other. */
export function checkGpuPool(pool: GpuPool, context: z.RefinementCtx<GpuPool>): void {
  const complain: Complain = (path, message) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  checkBasis(pool, complain);
  checkIdle(pool, complain);
  checkRates(pool, complain);
  const { windowSeconds, tokenWeights: weights } = pool;
  if (DAY_SECONDS % windowSeconds !== 0) {
    complain(
      ['window_seconds'],
      `a day is no multiple of ${windowSeconds} seconds; choose one that divides it, such as 60, 300 or 3600`,
    );
  }
  if (weights.input === 0 && weights.cached === 0 && weights.output === 0) {
    complain(['token_weights'], 'all weights are 0, so that no token counts; give one of them a weight');
  }
}

function checkBasis({ basis, method, capacity }: GpuPool, complain: Complain): void {
  if (method === 'throughput' && basis !== 'concurrency') {
    complain(
      ['basis'],
      `method throughput divides by the number of requests and has no ${basis}; remove basis`,
    );
  } else if (method === 'tokens' && basis === 'measured') {
    complain(
      ['basis'],
      'measured time and method tokens are two weights; set method: time_share, or remove basis',
    );
  } else if (method === 'tokens' && basis === 'slots') {
    complain(
      ['basis'],
      'slots are requests, which method tokens does not count; set method: time_share, or remove basis',
    );
  } else if (basis === 'slots' && capacity === undefined) {
    complain(['basis'], 'slots needs capacity; add the requests that one replica can work on at once');
  }
}

function checkIdle({ idle, owner, reserved }: GpuPool, complain: Complain): void {
  if (idle === 'owner' && owner === undefined) {
    complain(['idle'], 'owner needs the key owner; add who carries the idle cost');
  }
  if (idle === 'reserved' && reserved.length === 0) {
    complain(['idle'], 'reserved needs the key reserved; add a list such as [{ tenant: search, share: 1 }]');
  }
  reserved.forEach(({ tenant }, index) => {
    if (reserved.findIndex((other) => other.tenant === tenant) === index) return;
    complain(['reserved', index, 'tenant'], `"${tenant}" is listed twice; add its shares up`);
  });
}

function checkRates({ rates }: GpuPool, complain: Complain): void {
  rates.forEach(({ fromUnixNano }, index) => {
    const before = rates[index - 1]?.fromUnixNano;
    if (before === undefined || before < fromUnixNano) return;
    const message =
      before === fromUnixNano
        ? 'another rate begins at the same time; keep one of the two'
        : 'it begins before the rate above it; list the rates by date';
    complain(['rates', index, 'from'], message);
  });
}
