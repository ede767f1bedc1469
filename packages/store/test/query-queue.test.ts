import { DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import { QueryQueue } from '../src/queries/query-queue.ts';

async function queueOfNumbers(): Promise<QueryQueue> {
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const connection = await instance.connect();
  await connection.run('CREATE TABLE numbers AS SELECT range AS number FROM range(100000)');
  return new QueryQueue(connection);
}

async function countNumbers(queue: QueryQueue): Promise<unknown> {
  return queue.ask(async (connection) => {
    const found = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM numbers');
    return found.getRows();
  });
}

test('a question that fails leaves the next one alone', async () => {
  const queue = await queueOfNumbers();
  const failures: readonly string[] = ['SELECT', 'SELECT * FROM letters', "SELECT 'a'::INTEGER FROM numbers"];
  for (const sql of failures) {
    await expect(queue.ask(async (connection) => connection.run(sql, {}))).rejects.toThrow('Error');
    expect(await countNumbers(queue)).toEqual([[100_000]]);
  }
});

test('a question may stop reading before the end', async () => {
  const queue = await queueOfNumbers();
  const first = await queue.ask(async (connection) => {
    const result = await connection.stream('SELECT number::INTEGER FROM numbers');
    for await (const [row] of result.yieldRows()) return row;
    return undefined;
  });
  expect(first).toEqual([0]);
  expect(await countNumbers(queue)).toEqual([[100_000]]);
});

test('a question cannot write', async () => {
  const queue = await queueOfNumbers();
  const write = queue.ask(async (connection) => connection.run('DELETE FROM numbers'));
  await expect(write).rejects.toThrow('read-only');
  expect(await countNumbers(queue)).toEqual([[100_000]]);
});
