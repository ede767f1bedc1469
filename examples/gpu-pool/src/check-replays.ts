import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CostspanConfig } from '@costspan/config';
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import type { Check } from './check-books.ts';
import { type GatewayBooks, gpuRecords, settledBooks } from './gateway-books.ts';
import { startOwnGateway } from './own-gateway.ts';
import { booksText, type RecordedSpan, sendSpans, shuffled, withServerClock } from './replay.ts';
import { seededRandom } from './traffic.ts';

/** What a run left behind, to be sent again to other gateways. */
export interface ReplayInput {
  readonly config: CostspanConfig;
  readonly pool: GpuPool;
  readonly books: GatewayBooks;
  readonly spans: readonly RecordedSpan[];
  /** The replays' books go below it. */
  readonly folder: string;
  readonly untilUnixNano: bigint;
  readonly seed: number;
}

const SETTLE_TIMEOUT_MILLIS = 40_000;
const SERVER_CLOCK_AHEAD_MILLIS = 400;
/** A server's time may lie anywhere in its client's, and a client waits a little longer than its server works. */
const SKEW_SECONDS_MAX = 0.05;

/** Sends the same spans to new gateways in other ways: the books must be the same in the end. */
export async function checkReplays(input: ReplayInput): Promise<Check[]> {
  const random = seededRandom(input.seed);
  const inOrder = input.spans;
  const once = shuffled(inOrder, random);
  const again = shuffled(inOrder, random);
  const half = Math.floor(once.length / 2);
  const replays: Record<string, readonly (readonly RecordedSpan[] | 'restart' | 'settle')[]> = {
    'in another order': [once],
    twice: [[...once, ...again]],
    'half of them when the windows had been settled without them': [
      once.slice(0, half),
      'settle',
      once.slice(half),
    ],
    'half of them after a restart': [once.slice(0, half), 'restart', once.slice(half)],
  };
  const expected = booksText(input.books);
  const checks: Check[] = [];
  for (const [how, steps] of Object.entries(replays)) {
    const text = booksText(await replay(input, how, steps));
    checks.push({
      what: `the same spans give the same books, sent ${how}`,
      ok: text === expected,
      found:
        text === expected ? `${text.split('\n').length} lines are the same` : firstDifference(expected, text),
    });
  }
  checks.push(await checkSkew(input));
  return checks;
}

/** A server's clock that is ahead is set back by its client's: times stay about the same, and windows add up. */
async function checkSkew(input: ReplayInput): Promise<Check> {
  const skewed = withServerClock(input.spans, SERVER_CLOCK_AHEAD_MILLIS);
  const { records, windows } = await replay(input, 'with a wrong clock', [skewed]);
  const seconds = new Map(
    gpuRecords(input.books.records).map(({ responseId, gpu }) => [responseId, gpu.seconds]),
  );
  const deviations = gpuRecords(records).map(({ responseId, gpu }) =>
    Math.abs(Number(gpu.seconds) - Number(seconds.get(responseId) ?? Number.NaN)),
  );
  const most = Math.max(...deviations);
  const shifted = gpuRecords(records).filter(({ gpu }) => gpu.flags.includes('clock_shifted')).length;
  const adding = windows.every(({ bill, used, slack, idle, unsampled, overhead }) => {
    const parts = [used, slack, idle, unsampled, overhead].map((amount) => parseMoney(amount) ?? 0n);
    return parts.reduce<bigint>((sum, part) => sum + part, 0n) === parseMoney(bill);
  });
  return {
    what: `model servers whose clock is ${SERVER_CLOCK_AHEAD_MILLIS} ms ahead are set by their clients' clocks`,
    ok: adding && most <= SKEW_SECONDS_MAX && deviations.length === seconds.size,
    found: `${shifted} of ${deviations.length} requests shifted, at most ${most.toFixed(6)} GPU-seconds off`,
  };
}

/** Sends spans to a gateway of its own, step by step, and reads its books when they are settled. */
async function replay(
  input: ReplayInput,
  name: string,
  steps: readonly (readonly RecordedSpan[] | 'restart' | 'settle')[],
): Promise<GatewayBooks> {
  const { config, pool, folder, untilUnixNano } = input;
  const dataFolder = join(folder, name.replaceAll(' ', '-'));
  const waitMillis = pool.windowSeconds * 1000;
  let gateway = await startOwnGateway(config, dataFolder);
  const settled = async (): Promise<GatewayBooks> => {
    // A window that is reopened waits a moment for more that is late.
    await delay(waitMillis);
    return settledBooks(gateway.url, pool.name, {
      fromUnixNano: untilUnixNano,
      untilUnixNano,
      timeoutMillis: SETTLE_TIMEOUT_MILLIS,
    });
  };
  try {
    for (const step of steps) {
      if (step === 'settle') await settled();
      else if (step === 'restart') {
        await gateway.stop();
        gateway = await startOwnGateway(config, dataFolder);
      } else await sendSpans(gateway.url, step);
    }
    return await settled();
  } finally {
    await gateway.stop();
  }
}

function firstDifference(expected: string, text: string): string {
  const lines = text.split('\n');
  const expectedLines = expected.split('\n');
  const index = expectedLines.findIndex((line, at) => line !== lines[at]);
  return `${expectedLines[index] ?? '(no more)'}\n  is ${lines[index] ?? '(missing)'}`;
}
