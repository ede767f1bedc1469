import type { CostRecord } from '@costspan/cost-model';
import { RecentKeys } from './writer/recent-keys.ts';
import { type RecordStore, type RecordWrite, StoreQueryError, StoreWriteError } from './record-store.ts';

const RECENT_KEYS_MAX = 1_000_000;

export interface NoStoreOptions {
  /** Records that are remembered at least, by which one that is delivered again is known. Default 1,000,000. */
  readonly recentKeysMax?: number;
}

/**
 * A store for a gateway that only enriches, meters and forwards: nothing is kept, and no question has an answer. A record that
 * comes again is known for as long as it is among the last ones, and not after a restart.
 */
export function openNoStore({ recentKeysMax = RECENT_KEYS_MAX }: NoStoreOptions = {}): RecordStore {
  const keys = new RecentKeys(recentKeysMax);
  let isClosed = false;
  const noAnswer = (): Promise<never> => {
    const message = 'this gateway keeps no records: nothing can be asked of it; set store.kind to duckdb';
    return Promise.reject(new StoreQueryError('invalid_query', message));
  };
  const identify = (spans: readonly Pick<CostRecord, 'traceId' | 'spanId'>[]): RecordWrite => {
    if (isClosed) {
      const refusal = Promise.reject(new StoreWriteError('closed', 'the record store is closed'));
      refusal.catch(() => undefined);
      return { durable: refusal, applied: refusal };
    }
    const isNew = spans.map(({ traceId, spanId }) => keys.add(traceId, spanId));
    return { durable: Promise.resolve(), applied: Promise.resolve(isNew) };
  };
  return {
    write: (records) => identify(records).applied,
    append: ({ records }) => identify(records),
    identify,
    async *recentContexts() {},
    get health() {
      return { problem: isClosed ? 'closed' : undefined, waitingRecords: 0, waitingBytes: 0 } as const;
    },
    recovery: {
      database: 'intact',
      framesReplayed: 0,
      journalDamage: [],
      archiveDamage: [],
      recordsSalvaged: 0,
      recordsLostAtLeast: 0,
      isComplete: true,
    },
    report: noAnswer,
    summary: noAnswer,
    topRequests: noAnswer,
    records: noAnswer,
    gpuRecords: noAnswer,
    firstGpuStart: noAnswer,
    gpuMarks: noAnswer,
    gpuWindows: noAnswer,
    gpuWindowAt: noAnswer,
    unsettledGpu: noAnswer,
    writeGpuWindows: noAnswer,
    checkpoint: () => Promise.resolve(),
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
