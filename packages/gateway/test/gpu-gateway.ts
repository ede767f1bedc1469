import { setTimeout } from 'node:timers/promises';
import { type CostRecord, type GpuPool, type GpuWindowRecord, parseMoney } from '@costspan/cost-model';
import type { GpuPoolMark } from '@costspan/store';
import { unixNano } from './gpu-spans.ts';
import { encodeProtobuf, type TraceRequestJson } from './otlp-messages.ts';
import { startTestGateway, type TestGateway } from './test-gateway.ts';

interface GpuBooks {
  readonly windows: readonly GpuWindowRecord[];
  readonly marks: readonly GpuPoolMark[];
}

/** A gateway with pools whose clock is set by the test. */
export interface GpuGateway {
  readonly gateway: TestGateway;
  send(request: TraceRequestJson): Promise<void>;
  /** Sets the clock and waits until every window that this makes due is settled. */
  advanceTo(seconds: number): Promise<void>;
  /** Waits until the books are as wanted. */
  booksWhere(isWanted: (books: GpuBooks) => boolean): Promise<GpuBooks>;
  books(): Promise<GpuBooks>;
  /** Records by span id. */
  records(): Promise<ReadonlyMap<string, CostRecord>>;
  stop(): Promise<void>;
}

const WAIT_MILLIS_MAX = 20_000;
const LOOK_MILLIS = 50;

export async function startGpuGateway(
  pools: readonly GpuPool[],
  options: { readonly dataFolder?: string; readonly startSeconds?: number } = {},
): Promise<GpuGateway> {
  let nowSeconds = options.startSeconds ?? 0;
  const gateway = await startTestGateway({ pools } as never, {
    ...(options.dataFolder !== undefined && { dataFolder: options.dataFolder }),
    nowUnixMillis: () => Number(unixNano(nowSeconds) / 1_000_000n),
  });
  const books = async (): Promise<GpuBooks> =>
    (await (await fetch(`${gateway.url}/api/gpu`)).json()) as GpuBooks;
  const booksWhere = async (isWanted: (books: GpuBooks) => boolean): Promise<GpuBooks> => {
    for (let waited = 0; waited < WAIT_MILLIS_MAX; waited += LOOK_MILLIS) {
      const found = await books();
      if (isWanted(found)) return found;
      await setTimeout(LOOK_MILLIS);
    }
    throw new Error(
      `the books never came to be as wanted: ${JSON.stringify(await books())}\n${gateway.log.join('\n')}`,
    );
  };
  return {
    gateway,
    books,
    booksWhere,
    async send(request) {
      const response = await gateway.send(encodeProtobuf(request));
      if (response.status !== 200) throw new Error(`the gateway answered ${response.status}`);
    },
    async advanceTo(seconds) {
      nowSeconds = seconds;
      await booksWhere(({ marks }) =>
        pools.every(({ name, latenessSeconds }) => {
          // A process that sends can hold a window up once more as long.
          const due = unixNano(Math.floor(seconds - 2 * latenessSeconds));
          const closed = marks.find(({ pool }) => pool === name)?.closedUntilUnixNano;
          return closed !== undefined && closed !== null && BigInt(closed) >= due;
        }),
      );
    },
    async records() {
      return new Map((await gateway.records()).map((record) => [record.spanId, record]));
    },
    stop: () => gateway.stop(),
  };
}

export function pico(decimal: string | undefined): bigint {
  const amount = parseMoney(decimal ?? '');
  if (amount === undefined) throw new Error(`${decimal} is no amount`);
  return amount;
}
