import type { DuckDBConnection } from '@duckdb/node-api';
import { isDatabaseLost } from './apply-failure.ts';
import { type Change, NO_RECORDS } from './frame-applier.ts';
import type { GpuSettlement } from '../gpu-books.ts';
import { endSettlement, moveToSegment, settlementPayload, writeSettlement } from '../gpu-settlement.ts';
import type { NewJournalFrame } from '../journal/journal-frame.ts';
import type { JournalPosition } from '../journal/journal.ts';
import { commitError, type JournalWriter } from './journal-writer.ts';
import { StoreWriteError } from '../record-store.ts';

/** Its payload is encoded, so that the records it was made of need not be kept. */
export type EncodedFrame = NewJournalFrame & { readonly payload: Buffer };

/** A settlement whose turn it is, and where its caller waits for what becomes of it. */
export interface SettlementInTurn {
  readonly settlement: GpuSettlement;
  readonly outcome: PromiseWithResolvers<'written' | 'stale'>;
}

/** What a settlement is made with. */
export interface Settling {
  readonly connection: DuckDBConnection;
  readonly journal: JournalWriter;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Is told as soon as it has its place in the journal. */
  readonly onPlaced: () => void;
  /** Lets it take its place among what is to be applied; resolves when it is. */
  readonly keepPlace: (
    frame: EncodedFrame,
    durable: Promise<JournalPosition>,
    changeAt: (end: JournalPosition) => Change,
  ) => Promise<readonly boolean[]>;
  readonly onDatabaseLost: () => Promise<void>;
}

/**
 * Decides a settlement in a transaction, makes it durable, and then commits it.
 *
 * Frames that are durable before it but not applied yet come before it when the journal is applied anew, and after it now.
 * The books are the same both times, because those that concern it are held back.
 *
 * @returns When its turn is over: its outcome can take longer, where the commit failed and it is applied again.
 */
export async function settleInTurn(
  { settlement, outcome }: SettlementInTurn,
  { connection, journal, now, onPlaced, keepPlace, onDatabaseLost }: Settling,
): Promise<void> {
  let placed: Promise<readonly boolean[]> | undefined;
  try {
    const { segment } = journal.end;
    await connection.run('BEGIN TRANSACTION');
    const isWritten = await writeSettlement(connection, settlement, segment);
    if (!isWritten) {
      await connection.run('ROLLBACK');
      return outcome.resolve('stale');
    }
    const payload = await settlementPayload(settlement);
    const frame: EncodedFrame = {
      kind: 'settlement',
      atUnixMillis: now(),
      recordCount: settlement.settled.length,
      payload: Buffer.from(payload),
    };
    const durable = journal.append(frame);
    onPlaced();
    let isCommitted = false;
    const committed = durable.then(async (end) => {
      if (end.segment !== segment) await moveToSegment(connection, end.segment);
      await endSettlement(connection);
      await connection.run('COMMIT');
      isCommitted = true;
    });
    placed = keepPlace(frame, afterwards(durable, committed), (end) =>
      isCommitted
        ? { kind: 'write', records: NO_RECORDS, corrections: [], end }
        : { kind: 'settlement', payload, end },
    );
    // It can fail while this one is still rolled back, when nobody waits for it yet.
    placed.catch(() => undefined);
    await committed;
    outcome.resolve('written');
  } catch (error) {
    // A failed COMMIT has rolled back by itself, and then this fails.
    await connection.run('ROLLBACK').catch(() => undefined);
    if (isDatabaseLost(error)) await onDatabaseLost();
    const failed = error instanceof StoreWriteError ? error : commitError(error);
    if (placed === undefined) outcome.reject(failed);
    else placed.then(() => outcome.resolve('written'), outcome.reject);
  }
}

/** The first promise's value, once the second has ended in whichever way. */
async function afterwards<Value>(value: Promise<Value>, ended: Promise<unknown>): Promise<Value> {
  await ended.catch(() => undefined);
  return value;
}
