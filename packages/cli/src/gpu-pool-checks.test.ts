import { parseConfig } from '@costspan/config';
import { expect, test } from 'vitest';
import { checkGpuPools, type GpuPoolCheck } from './gpu-pool-checks.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

function checked(pool: string, more = ''): GpuPoolCheck[] {
  const text = `${more}\npools:\n  - name: llama-70b\n    match: { service.name: vllm }\n${pool}`;
  const result = parseConfig(text, { sourceName: 'costspan.yaml', env: {} });
  if (!result.ok) throw new Error(result.errors[0]?.message);
  return checkGpuPools(result.config, NOW);
}

const RATE = '    rates: [{ from: 2026-01-01, per_hour: "4.00" }]\n';

test('says what each pool costs now', () => {
  expect(checked(`    gpus: 2\n${RATE}`)).toEqual([
    { status: 'ok', message: 'pool llama-70b: 2 GPUs, $4.00/h since 2026-01-01' },
  ]);
  const rates =
    '    rates: [{ from: 2026-01-01, per_hour: 4 }, { from: 2026-11-21, per_hour: 3.5 }, { from: 2026-11-22, per_hour: 3 }]';
  expect(checked(rates)).toEqual([
    { status: 'ok', message: 'pool llama-70b: 1 GPU, $3.50/h since 2026-11-21' },
  ]);
});

test('a pool without a rate now is a finding', () => {
  expect(checked('    rates: [{ from: 2027-01-01, per_hour: 4 }]')).toEqual([
    {
      status: 'finding',
      message:
        'pool llama-70b: no rate before 2027-01-01, so that its requests have no cost; add the one in force now',
    },
  ]);
});

test('an overhead of its own that nobody reviewed for a quarter is a finding', () => {
  const own = (reviewed: string): GpuPoolCheck[] =>
    checked(`${RATE}    overhead: { percent: 5, reviewed: ${reviewed} }`);
  expect(own('2026-08-22')).toHaveLength(1);
  expect(own('2026-08-21')).toEqual([
    { status: 'ok', message: 'pool llama-70b: 1 GPU, $4.00/h since 2026-01-01' },
    {
      status: 'finding',
      message:
        'pool llama-70b: the overhead of 5 % was last reviewed on 2026-08-21, more than a quarter ago; ' +
        'review it and set the new day',
    },
  ]);
  expect(checked(RATE, 'overhead: { percent: 5, reviewed: 2026-01-01 }')).toHaveLength(1);
});
