import type { CostRecord } from '@costspan/cost-model';
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { createTemporaryTable } from '../append-rows.ts';
import { prepareSettlements, replaySettlement } from '../gpu-settlement.ts';
import type { JournalFrame } from '../journal/journal-frame.ts';
import type { JournalPosition } from '../journal/journal.ts';
import { KnownKeys } from './known-keys.ts';
import { RECORD_COLUMNS } from '../record-columns.ts';
import { SELECT_RECORDS, selectRecords } from './record-projection.ts';
import { readWritePayload, TEXT_SEPARATOR } from './write-payload.ts';

/** What identifies a record, and its start, by which the database passes over blocks of rows. */
export type RecordKey = Pick<CostRecord, 'traceId' | 'spanId' | 'startTimeUnixNano'>;

/** A record as it is stored. */
export interface RecordText {
  readonly key: RecordKey;
  readonly text: string;
}

/** Records as they are stored: a key for each, and their texts, {@link TEXT_SEPARATOR} between them. */
export interface RecordTexts {
  readonly keys: readonly RecordKey[];
  readonly texts: Buffer;
}

export const NO_RECORDS: RecordTexts = { keys: [], texts: Buffer.alloc(0) };

/** A frame of the journal, ready to be applied. */
export type Change = WriteChange | SettlementChange;

interface WriteChange {
  readonly kind: 'write';
  readonly records: RecordTexts;
  readonly corrections: readonly RecordText[];
  /** The place behind the frame. */
  readonly end: JournalPosition;
}

interface SettlementChange {
  readonly kind: 'settlement';
  readonly payload: string;
  readonly end: JournalPosition;
}

/** @throws SyntaxError when the payload is not what a writer of this version or an earlier one has written. */
export function changeOf(frame: JournalFrame, end: JournalPosition): Change {
  if (frame.kind === 'settlement') return { kind: 'settlement', payload: frame.payload, end };
  const { records, corrections } = readWritePayload(frame.payload);
  return {
    kind: 'write',
    records: { keys: records.map((text) => keyOf(parseRecord(text))), texts: joined(records) },
    corrections: corrections.map((text) => ({ key: keyOf(parseRecord(text)), text })),
    end,
  };
}

/** The key alone, so that the record need not be kept. */
export function keyOf({ traceId, spanId, startTimeUnixNano }: RecordKey): RecordKey {
  return { traceId, spanId, startTimeUnixNano };
}

function parseRecord(text: string): CostRecord {
  return JSON.parse(text) as CostRecord;
}

function joined(texts: readonly string[]): Buffer {
  return Buffer.from(texts.join(TEXT_SEPARATOR));
}

const COLUMN_NAMES = RECORD_COLUMNS.map(({ name }) => name).join(', ');
const KEY_COLUMNS: readonly string[] = ['trace_id', 'span_id'];
const HAS_KEY = KEY_COLUMNS.map((name) => `cost_records.${name} = incoming.${name}`).join(' AND ');
const HAS_START = 'cost_records.start_unix_nano = incoming.start_unix_nano';

const intoBooks = (select: string): string =>
  `INSERT INTO cost_records (${COLUMN_NAMES}, segment) SELECT *, $segment FROM (${select})`;
const INSERT_RECORDS = intoBooks(SELECT_RECORDS);

const CORRECTED = RECORD_COLUMNS.filter(({ name }) => !KEY_COLUMNS.includes(name))
  .map(({ name }) => `${name} = incoming.${name}`)
  .join(', ');
const CORRECT = `UPDATE cost_records SET ${CORRECTED}, segment = $segment FROM incoming WHERE ${HAS_KEY}`;

/** A record that is corrected after its windows were settled leaves them with a part that is no longer its own. */
const REOPEN_WINDOWS = `INSERT INTO gpu_reopened
  SELECT cost_records.gpu_pool, cost_records.gpu_start_unix_nano, cost_records.gpu_end_unix_nano
  FROM cost_records JOIN incoming ON ${HAS_KEY}
  WHERE cost_records.gpu_pool IS NOT NULL AND contains(cost_records.record, '"windows":[{')`;

const MOVE_ON = 'UPDATE journal_position SET segment = $segment, byte_offset = $offset';

/**
 * Applies frames of the journal to the database, in their order, many in one transaction together with how far the journal is
 * applied: each is applied once, whatever happens in between.
 *
 * 1. Records of several frames are inserted at once. One whose key is in the books changes nothing; of two with one key the
 *    first is inserted.
 * 2. Corrections follow; of two for one key the later one holds. One without a record changes nothing, so that a record which
 *    comes after its correction starts another round, as does a frame of another segment.
 * 3. The rounds, and what the journal's position becomes, are committed together.
 */
export class FrameApplier {
  readonly #connection: DuckDBConnection;
  readonly #known: KnownKeys;
  readonly #insert: DuckDBPreparedStatement;
  /** Where the texts of a round are put together: a buffer for each would be memory that waits for the garbage collector. */
  #joinedTexts: Buffer = Buffer.alloc(0);

  private constructor(connection: DuckDBConnection, known: KnownKeys, insert: DuckDBPreparedStatement) {
    this.#connection = connection;
    this.#known = known;
    this.#insert = insert;
  }

  /** @param known - Of the same database; it may outlive the connection. */
  static async create(
    connection: DuckDBConnection,
    known: KnownKeys = new KnownKeys(),
  ): Promise<FrameApplier> {
    await connection.run(createTemporaryTable('incoming', RECORD_COLUMNS));
    await prepareSettlements(connection);
    return new FrameApplier(connection, known, await connection.prepare(INSERT_RECORDS));
  }

  /**
   * @param onDecided - Is told, before the commit, for each change in order which of its records are new.
   * @throws Error of the database; then nothing was applied, unless the database was lost in the middle of the commit.
   */
  async apply(
    changes: readonly Change[],
    onDecided?: (isNew: readonly (readonly boolean[])[]) => void,
  ): Promise<void> {
    const last = changes.at(-1);
    if (last === undefined) return;
    await this.#connection.run('BEGIN TRANSACTION');
    try {
      const isNew: (readonly boolean[])[] = [];
      for (const round of roundsOf(changes)) isNew.push(...(await this.#applyRound(round)));
      await moveOn(this.#connection, last.end);
      onDecided?.(isNew);
      await this.#connection.run('COMMIT');
    } catch (error) {
      // A failed COMMIT has rolled back by itself, and then this fails.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Lets its statements go; the connection stays. */
  close(): void {
    this.#insert.destroySync();
  }

  async #applyRound(round: readonly Change[]): Promise<readonly (readonly boolean[])[]> {
    const [first] = round;
    if (first?.kind === 'settlement') {
      await replaySettlement(this.#connection, first.payload, first.end.segment);
      return [[]];
    }
    const writes = round.filter((change) => change.kind === 'write');
    const segment = first?.end.segment ?? 0;
    const isNew = await this.#known.add(
      this.#connection,
      writes.flatMap(({ records }) => records.keys),
    );
    let decided = 0;
    const newOf = writes.map(({ records }) => isNew.slice(decided, (decided += records.keys.length)));
    await this.#insertRecords(
      writes.flatMap(({ records }, index) => newTexts(records, newOf[index] ?? [])),
      segment,
    );
    await this.#correctRecords(
      writes.flatMap((write) => write.corrections),
      segment,
    );
    return newOf;
  }

  /** @param parts - Of texts, to be joined. */
  async #insertRecords(parts: readonly Buffer[], segment: number): Promise<void> {
    if (parts.length === 0) return;
    const { sql, parameters } = selectRecords(this.#join(parts));
    if (sql === SELECT_RECORDS) await runWith(this.#insert, { ...parameters, segment });
    else await this.#run(intoBooks(sql), { ...parameters, segment });
  }

  /** @returns Bytes that are valid until the next call; the database makes a copy of what is bound. */
  #join(parts: readonly Buffer[]): Buffer {
    const bytes = parts.reduce((sum, part) => sum + part.length + SEPARATOR_BYTES.length, 0);
    if (this.#joinedTexts.length < bytes) this.#joinedTexts = Buffer.allocUnsafeSlow(bytes);
    let end = 0;
    for (const part of parts) {
      if (end > 0) end += SEPARATOR_BYTES.copy(this.#joinedTexts, end);
      end += part.copy(this.#joinedTexts, end);
    }
    return this.#joinedTexts.subarray(0, end);
  }

  async #correctRecords(corrections: readonly RecordText[], segment: number): Promise<void> {
    const latest = new Map<string, RecordText>();
    for (const each of corrections) {
      const { traceId, spanId } = each.key;
      if (this.#known.mayHave(each.key)) latest.set(`${traceId} ${spanId}`, each);
    }
    if (latest.size === 0) return;
    const { sql, parameters } = selectRecords(joined(Array.from(latest.values(), ({ text }) => text)));
    await this.#run(`INSERT INTO incoming ${sql}`, parameters);
    await this.#connection.run(REOPEN_WINDOWS);
    const corrected = await this.#connection.run(`${CORRECT} AND ${HAS_START}`, { segment });
    const mayHaveMoved = Array.from(latest.values()).some(({ key }) => this.#known.hasSeen(key));
    if (mayHaveMoved && corrected.rowsChanged < latest.size) await this.#connection.run(CORRECT, { segment });
    await this.#connection.run('DELETE FROM incoming');
  }

  async #run(sql: string, parameters: Readonly<Record<string, Uint8Array | number>>): Promise<void> {
    const statement = await this.#connection.prepare(sql);
    try {
      await runWith(statement, parameters);
    } finally {
      statement.destroySync();
    }
  }
}

async function runWith(
  statement: DuckDBPreparedStatement,
  parameters: Readonly<Record<string, Uint8Array | number>>,
): Promise<void> {
  for (const [name, value] of Object.entries(parameters)) {
    const index = statement.parameterIndex(name);
    if (typeof value === 'number') statement.bindInteger(index, value);
    else statement.bindBlob(index, value);
  }
  await statement.run();
}

const SEPARATOR_BYTES = Buffer.from(TEXT_SEPARATOR);

/** The texts of those that are new, in parts; most often that is all of them as they are. */
function newTexts({ texts }: RecordTexts, isNew: readonly boolean[]): readonly Buffer[] {
  if (!isNew.includes(true)) return [];
  if (!isNew.includes(false)) return [texts];
  return [
    joined(
      texts
        .toString()
        .split(TEXT_SEPARATOR)
        .filter((_text, index) => isNew[index] === true),
    ),
  ];
}

/** Sets how far the journal is applied, in the transaction that is open. */
export async function moveOn(
  connection: DuckDBConnection,
  { segment, offset }: JournalPosition,
): Promise<void> {
  await connection.run(MOVE_ON, { segment, offset });
}

/** How far the journal is applied. */
async function appliedPosition(connection: DuckDBConnection): Promise<JournalPosition> {
  const reader = await connection.runAndReadAll('SELECT segment, byte_offset FROM journal_position');
  const [segment, offset] = reader.getRows()[0] ?? [];
  return { segment: Number(segment ?? 1), offset: Number(offset ?? 0) };
}

/** Whether the journal is applied up to a place. */
export async function isApplied(connection: DuckDBConnection, end: JournalPosition): Promise<boolean> {
  const { segment, offset } = await appliedPosition(connection);
  return segment > end.segment || (segment === end.segment && offset >= end.offset);
}

/** Changes that may be applied at once: settlements stand alone. */
function* roundsOf(changes: readonly Change[]): Generator<Change[]> {
  let round: Change[] = [];
  let corrected = new Set<string>();
  for (const change of changes) {
    const previous = round.at(-1);
    if (previous !== undefined && startsRound(previous, change, corrected)) {
      yield round;
      round = [];
      corrected = new Set();
    }
    round.push(change);
    if (change.kind === 'write') {
      for (const { key } of change.corrections) corrected.add(`${key.traceId} ${key.spanId}`);
    }
  }
  if (round.length > 0) yield round;
}

function startsRound(previous: Change, next: Change, corrected: ReadonlySet<string>): boolean {
  if (previous.kind === 'settlement' || next.kind === 'settlement') return true;
  if (previous.end.segment !== next.end.segment) return true;
  return corrected.size > 0 && next.records.keys.some((key) => corrected.has(`${key.traceId} ${key.spanId}`));
}
