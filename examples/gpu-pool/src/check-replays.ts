import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CostspanConfig } from '@costspan/config';
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import type { Check } from './check-books.ts';
import { type GatewayBooks, gpuRecords, settledBooks } from './gateway-books.ts';
import { startOwnGateway } from './own-gateway.ts';
import { booksText, halves, type RecordedSpan, sendSpans, shuffled, withServerClock } from './replay.ts';
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
const SKEW_PART_MAX = 0.05;

/** Sends the same spans to new gateways in other ways: the books must be the same in the end. */
export async function checkReplays(input: ReplayInput): Promise<Check[]> {
  const random = seededRandom(input.seed);
  const inOrder = input.spans;
  const once = shuffled(inOrder, random);
  const again = shuffled(inOrder, random);
  const half = Math.floor(once.length / 2);
  const [early, others] = halves(once);
  const replays: Record<string, readonly (readonly RecordedSpan[] | 'restart' | 'settle')[]> = {
    'in another order': [once],
    'twice, in two orders': [[...once, ...again]],
    'twice, in the same request': [once.flatMap((span) => [span, span])],
    'half of the spans when the others had been settled': [once.slice(0, half), 'settle', once.slice(half)],
    'half of the requests after a restart': [early, 'restart', others],
  };
  const expected = booksText(input.books);
  const checks = Object.entries(replays).map(async ([how, steps]): Promise<Check> => {
    const text = booksText(await replay(input, how, steps, (books) => booksText(books) === expected));
    return {
      what: `the same spans give the same books, sent ${how}`,
      ok: text === expected,
      found:
        text === expected ? `${text.split('\n').length} lines are the same` : firstDifference(expected, text),
    };
  });
  return Promise.all([...checks, checkSkew(input)]);
}

/** A server's clock that is ahead is set back by its client's: times stay about the same, and windows add up. */
async function checkSkew(input: ReplayInput): Promise<Check> {
  const skewed = withServerClock(input.spans, SERVER_CLOCK_AHEAD_MILLIS);
  const { records, windows } = await replay(input, 'with a wrong clock', [skewed]);
  const seconds = new Map(
    gpuRecords(input.books.records).map(({ responseId, gpu }) => [responseId, Number(gpu.seconds)]),
  );
  const deviations = gpuRecords(records).map(({ responseId, gpu }) =>
    Math.abs(Number(gpu.seconds) - (seconds.get(responseId) ?? Number.NaN)),
  );
  const sum = (parts: Iterable<number>): number => [...parts].reduce((total, part) => total + part, 0);
  const part = sum(deviations) / sum(seconds.values());
  const shifted = gpuRecords(records).filter(({ gpu }) => gpu.flags.includes('clock_shifted')).length;
  const adding = windows.every(({ bill, used, slack, idle, unsampled, overhead }) => {
    const parts = [used, slack, idle, unsampled, overhead].map((amount) => parseMoney(amount) ?? 0n);
    return parts.reduce<bigint>((sum, part) => sum + part, 0n) === parseMoney(bill);
  });
  return {
    what: `model servers whose clock is ${SERVER_CLOCK_AHEAD_MILLIS} ms ahead are set by their clients' clocks`,
    ok: adding && part <= SKEW_PART_MAX && deviations.length === seconds.size,
    found: `${shifted} of ${deviations.length} requests shifted, ${(100 * part).toFixed(3)} % of the time is another's`,
  };
}

/**
 * Sends spans to a gateway of its own, step by step, and reads its books when they are settled. A window that lost its only
 * request waits to be settled again although no record is left to be: what is expected has its time to come about.
 */
async function replay(
  input: ReplayInput,
  name: string,
  steps: readonly (readonly RecordedSpan[] | 'restart' | 'settle')[],
  isExpected: (books: GatewayBooks) => boolean = () => true,
): Promise<GatewayBooks> {
  const { config, pool, folder, untilUnixNano } = input;
  const dataFolder = join(folder, name.replaceAll(/\W+/g, '-'));
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
    const giveUpMillis = performance.now() + SETTLE_TIMEOUT_MILLIS;
    let books = await settled();
    while (!isExpected(books) && performance.now() < giveUpMillis) books = await settled();
    return books;
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
