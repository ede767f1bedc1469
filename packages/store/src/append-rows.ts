import { setImmediate } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';
import type { TableColumn } from './table-column.ts';

/** DuckDB takes up to 2,048 rows at a time. Fewer hold the main thread for some ten milliseconds only. */
const ROWS_PER_CHUNK = 512;

export type Row = readonly DuckDBValue[];

/** SQL that makes a table in memory, whose rows are on their way to a table of the books. */
export function createTemporaryTable<Source>(name: string, columns: readonly TableColumn<Source>[]): string {
  return `CREATE TEMP TABLE ${name} (${columns.map((each) => `${each.name} ${each.type.toString()}`).join(', ')})`;
}

export function rowOf<Source>(columns: readonly TableColumn<Source>[], source: Source): Row {
  return columns.map((column) => column.read(source));
}

/** Fills a table in memory, a chunk at a time, so that others get their turn in between. */
export async function appendRows<Source>(
  connection: DuckDBConnection,
  table: string,
  columns: readonly TableColumn<Source>[],
  rows: Iterable<Row>,
): Promise<void> {
  const types = columns.map(({ type }) => type);
  const appender = await connection.createAppender(table, 'main', 'temp');
  try {
    let isFirst = true;
    for (const waiting of chunksOf(rows)) {
      if (!isFirst) await setImmediate();
      isFirst = false;
      const chunk = DuckDBDataChunk.create(types);
      chunk.setRows(waiting);
      appender.appendDataChunk(chunk);
      // The appender would gather a hundred chunks and then hold the main thread for all of them.
      appender.flushSync();
    }
  } finally {
    appender.closeSync();
  }
}

function* chunksOf(rows: Iterable<Row>): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
