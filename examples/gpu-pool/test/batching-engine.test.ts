import { expect, test } from 'vitest';
import { BatchingEngine, type EngineOptions, type ServedSequence } from '../src/batching-engine.ts';
import type { EngineClock } from '../src/wall-clock.ts';

/** Time passes only while an engine computes. */
function simulatedClock(): EngineClock {
  let nowUnixNano = 1_000_000_000_000n;
  return {
    nowUnixNano: () => nowUnixNano,
    sleep: (millis) => {
      nowUnixNano += BigInt(Math.round(millis * 1e6));
      return Promise.resolve();
    },
  };
}

function engineOf(options: Partial<EngineOptions> = {}): BatchingEngine {
  return new BatchingEngine({
    sequencesMax: 4,
    stepTokensMax: 100,
    stepMillis: 10,
    promptTokenMillis: 1,
    sequenceMillis: 2,
    clock: simulatedClock(),
    ...options,
  });
}

async function serve(
  engine: BatchingEngine,
  lengths: readonly (readonly [number, number])[],
): Promise<ServedSequence[]> {
  const running = lengths.map(([promptTokens, outputTokens], index) =>
    engine.submit({ id: `request-${index}`, promptTokens, outputTokens }),
  );
  return Promise.all(running.filter((each) => each !== undefined));
}

const millis = (from: bigint, until: bigint): number => Number(until - from) / 1e6;

test('a request alone: its prompt, then a token for each step', async () => {
  const engine = engineOf();
  const [served] = await serve(engine, [[30, 5]]);
  expect(millis(served!.arrivalUnixNano, served!.scheduledUnixNano)).toBe(0);
  expect(millis(served!.scheduledUnixNano, served!.firstTokenUnixNano)).toBe(10 + 30 + 2);
  expect(millis(served!.firstTokenUnixNano, served!.lastTokenUnixNano)).toBe(4 * (10 + 2));
  expect(Number(engine.busyNanos()) / 1e6).toBe(42 + 48);
});

test('a prompt that is longer than a step takes several', async () => {
  const [served] = await serve(engineOf(), [[250, 1]]);
  expect(millis(served!.scheduledUnixNano, served!.firstTokenUnixNano)).toBe(250 + 3 * (10 + 2));
});

test('decoding steps take longer the more there are in the batch, but each has its token', async () => {
  const [one] = await serve(engineOf(), [[10, 11]]);
  const [first] = await serve(engineOf(), [
    [10, 11],
    [10, 11],
    [10, 11],
    [10, 11],
  ]);
  const alone = millis(one!.firstTokenUnixNano, one!.lastTokenUnixNano);
  const beside = millis(first!.firstTokenUnixNano, first!.lastTokenUnixNano);
  expect(alone).toBe(10 * (10 + 2));
  // The others came when its first step had begun; their prompts are computed in its second one.
  expect(beside).toBe(10 * (10 + 4 * 2) + 3 * 10);
});

test('what does not fit into the batch waits until one is done', async () => {
  const served = await serve(
    engineOf({ sequencesMax: 2 }),
    [5, 9, 3, 3].map((outputTokens) => [10, outputTokens]),
  );
  expect(served[2]!.scheduledUnixNano).toBe(served[0]!.lastTokenUnixNano);
  expect(served[3]!.scheduledUnixNano > served[2]!.scheduledUnixNano).toBe(true);
});

test('the engine is busy exactly while something is in the batch', async () => {
  const engine = engineOf({ sequencesMax: 3 });
  for (const count of [1, 7, 4]) {
    await serve(
      engine,
      Array.from({ length: count }, (_each, index) => [index * 37 + 1, index + 1]),
    );
  }
  const { busy, served } = engine.ledger();
  expect(served).toHaveLength(12);
  expect(busy).toHaveLength(3);
  for (const { startUnixNano, endUnixNano } of busy) {
    const inIt = served.filter(({ scheduledUnixNano: at }) => at >= startUnixNano && at < endUnixNano);
    const starts = inIt.map(({ scheduledUnixNano }) => scheduledUnixNano);
    const ends = inIt.map(({ lastTokenUnixNano }) => lastTokenUnixNano);
    expect(starts.reduce((a, b) => (a < b ? a : b))).toBe(startUnixNano);
    expect(ends.reduce((a, b) => (a > b ? a : b))).toBe(endUnixNano);
  }
});

test('a full queue refuses', async () => {
  const engine = engineOf({ clock: { nowUnixNano: () => 0n, sleep: () => new Promise(() => {}) } });
  const sequence = { id: 'x', promptTokens: 1, outputTokens: 1 };
  const taken = Array.from({ length: 1100 }, () => engine.submit(sequence)).filter(
    (each) => each !== undefined,
  );
  expect(taken.length).toBeLessThan(1010);
});
