import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModeReport } from '../src/run-in-mode.ts';
import { BehaviourRuns, differences } from './behaviour-runs.ts';

const only = 'openai,anthropic';

let runs: BehaviourRuns;
let alone: ModeReport;

beforeAll(async () => {
  runs = await BehaviourRuns.start();
  alone = await runs.run({ mode: 'none', only });
}, 60_000);
afterAll(() => runs.close());

test('OpenAI’s and Anthropic’s SDKs do the same with the tap, which reads their calls', async () => {
  const reference = { options: { mode: 'none', only }, report: alone } as const;
  const tapped = await runs.expectSame({ mode: 'tap-first', only }, reference);
  expect(tapped.spans['openai: chat create']).toHaveLength(1);
  expect(tapped.spans['openai: chat runTools']).toHaveLength(2);
  expect(tapped.spans['anthropic: stream, gzip']).toMatchObject([
    {
      attributes: {
        'costspan.usage.source': 'wire',
        'gen_ai.usage.output_tokens': expect.any(Number) as number,
      },
    },
  ]);
});

test('what replaces fetch is noticed', async () => {
  const wrapped = await runs.run({ mode: 'fetch-wrapped', only: 'openai' });
  const changed = differences(wrapped, alone).map(({ behaviour }) => behaviour);
  expect(changed).toContain('openai: chat withResponse');
  expect(changed).not.toContain('openai: chat create');
});

test('every behaviour comes to an end of its own', () => {
  for (const [behaviour, { result, stray }] of Object.entries(alone.outcomes)) {
    expect(result, behaviour).not.toBe('too slow');
    expect(result, behaviour).not.toHaveProperty('escaped');
    expect(stray, behaviour).toEqual([]);
  }
});
