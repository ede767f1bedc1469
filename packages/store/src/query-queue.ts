import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreQueryError } from './record-store.ts';

/** Questions that may wait for their turn. */
const WAITING_QUERIES_MAX = 100;

/**
 * Asks one question at a time. A running query holds one of the few threads that Node shares among disk work, so
 * that several at once could keep a commit waiting; DuckDB uses every core for a single one anyway.
 *
 * Each question is a transaction of its own. DuckDB plans a statement before it runs it, and a plan packs values into
 * as few bytes as the least, greatest and longest ones of the books need at that moment. Were a write committed in
 * between, longer values would be cut, read beyond or taken for others: a tenant would have another's name.
 *
 * @see https://github.com/duckdb/duckdb/pull/24696
 */
export class QueryQueue {
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  ask<Answer>(question: (connection: DuckDBConnection) => Promise<Answer>): Promise<Answer> {
    if (this.#closed) return Promise.reject(new StoreQueryError('closed', 'the record store is closed'));
    if (this.#waiting >= WAITING_QUERIES_MAX) {
      const message = `${this.#waiting} questions wait for an answer, no more may; ask again later`;
      return Promise.reject(new StoreQueryError('queue_full', message));
    }
    this.#waiting += 1;
    const answer = this.#last
      .then(() => this.#answer(question))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #answer<Answer>(question: (connection: DuckDBConnection) => Promise<Answer>): Promise<Answer> {
    await this.#connection.run('BEGIN TRANSACTION READ ONLY');
    try {
      return await question(this.#connection);
    } finally {
      await this.#connection.run('ROLLBACK');
    }
  }

  /** Refuses further questions and waits for the answers; DuckDB crashes when it is closed under a query. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}
