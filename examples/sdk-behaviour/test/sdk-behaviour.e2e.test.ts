import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModeReport, RunInModeOptions } from '../src/run-in-mode.ts';
import { BehaviourRuns, spanTable } from './behaviour-runs.ts';

const MINUTES = 60_000;
/** What is read on the wire. Other versions of Node know less of some requests. */
const GOLDEN = 'golden/spans.txt';
const isOwnNode = process.env['COSTSPAN_TEST_NODE'] === undefined;

interface Reference {
  readonly options: RunInModeOptions;
  readonly report: ModeReport;
}

let runs: BehaviourRuns;
let esm: Reference;
let cjs: Reference;
let others: Reference;

beforeAll(async () => {
  runs = await BehaviourRuns.start();
  const reference = async (options: RunInModeOptions): Promise<Reference> => ({
    options,
    report: await runs.run(options),
  });
  esm = await reference({ mode: 'none' });
  cjs = await reference({ mode: 'none', modules: 'cjs' });
  others = await reference({ mode: 'others' });
}, 15 * MINUTES);
afterAll(() => runs.close());

async function expectGoldenSpans(report: ModeReport): Promise<void> {
  if (isOwnNode) await expect(spanTable(report)).toMatchFileSnapshot(GOLDEN);
}

describe('real SDKs do the same', { timeout: 15 * MINUTES }, () => {
  test('twice without the tap', async () => {
    await runs.expectSame({ mode: 'none' }, esm);
  });

  test('with the tap, installed before they are loaded', async () => {
    const report = await runs.expectSame({ mode: 'tap-first' }, esm);
    expect(report.failures).not.toHaveProperty('internal_error');
    await expectGoldenSpans(report);
  });

  test('with the tap, installed after they were loaded', async () => {
    await expectGoldenSpans(await runs.expectSame({ mode: 'tap-last' }, esm));
  });

  test('as CommonJS', async () => {
    await expectGoldenSpans(await runs.expectSame({ mode: 'tap-first', modules: 'cjs' }, cjs));
  });

  test('with a tap that was disabled, which makes no spans', async () => {
    const { spans } = await runs.expectSame({ mode: 'tap-disabled' }, esm);
    expect(Object.values(spans).flat()).toEqual([]);
  });

  test('with a tap whose tracer throws', async () => {
    const { failures } = await runs.expectSame({ mode: 'tap-failing' }, esm);
    expect(failures['internal_error']).toBeGreaterThan(100);
  });

  test('with the instrumentations of OpenTelemetry, as with these alone', async () => {
    const { spans } = await runs.expectSame({ mode: 'tap-with-others' }, others, {
      ignoresPropagation: true,
    });
    expect(Object.values(spans).flat().length).toBeGreaterThan(100);
  });

  test('with @costspan/node/register', async () => {
    await runs.expectSame({ mode: 'node-register' }, others, { ignoresPropagation: true });
  });
});
