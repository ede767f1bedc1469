import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModeReport, RunInModeOptions } from '../src/run-in-mode.ts';
import { BehaviourRuns, expectSame, spanTable } from './behaviour-runs.ts';

const MINUTES = 60_000;

let runs: BehaviourRuns;
const references = new Map<string, ModeReport>();

beforeAll(async () => {
  runs = await BehaviourRuns.start();
  await reference({ mode: 'none' });
}, 10 * MINUTES);
afterAll(() => runs.close());

/** What an application does without the tap. */
async function reference(options: RunInModeOptions): Promise<ModeReport> {
  const key = JSON.stringify(options);
  const known = references.get(key) ?? (await runs.run(options));
  references.set(key, known);
  return known;
}

describe('real SDKs do the same', { timeout: 10 * MINUTES, retry: 1 }, () => {
  test('in a second run without the tap', async () => {
    expectSame(await runs.run({ mode: 'none' }), await reference({ mode: 'none' }));
  });

  test('with the tap, installed before they are loaded', async () => {
    const tapped = await runs.run({ mode: 'tap-first' });
    expectSame(tapped, await reference({ mode: 'none' }));
    expect(tapped.failures).not.toHaveProperty('internal_error');
    await expect(spanTable(tapped)).toMatchFileSnapshot('golden/spans.txt');
  });

  test('with the tap, installed after they were loaded', async () => {
    const tapped = await runs.run({ mode: 'tap-last' });
    expectSame(tapped, await reference({ mode: 'none' }));
    await expect(spanTable(tapped)).toMatchFileSnapshot('golden/spans.txt');
  });

  test('as CommonJS', async () => {
    const tapped = await runs.run({ mode: 'tap-first', modules: 'cjs' });
    expectSame(tapped, await reference({ mode: 'none', modules: 'cjs' }));
    await expect(spanTable(tapped)).toMatchFileSnapshot('golden/spans.txt');
  });

  test('with a tap that was disabled, which makes no spans', async () => {
    const tapped = await runs.run({ mode: 'tap-disabled' });
    expectSame(tapped, await reference({ mode: 'none' }));
    expect(Object.values(tapped.spans).flat()).toEqual([]);
  });

  test('with a tap whose tracer throws', async () => {
    const tapped = await runs.run({ mode: 'tap-failing' });
    expectSame(tapped, await reference({ mode: 'none' }));
    expect(tapped.failures['internal_error']).toBeGreaterThan(100);
  });

  test('with all instrumentations of OpenTelemetry, as with these alone', async () => {
    const tapped = await runs.run({ mode: 'tap-with-others' });
    expectSame(tapped, await reference({ mode: 'others' }), { ignoresPropagation: true });
    expect(Object.values(tapped.spans).flat().length).toBeGreaterThan(100);
  });

  test('with @costspan/node/register', async () => {
    const registered = await runs.run({ mode: 'node-register' });
    expectSame(registered, await reference({ mode: 'none' }), { ignoresPropagation: true });
  });
});
