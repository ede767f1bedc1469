import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreQueryError } from '../record-store.ts';

/** Questions that may wait for their turn. */
const WAITING_QUERIES_MAX = 100;

type AroundQuestion = <Answer>(
  connection: DuckDBConnection,
  answer: () => Promise<Answer>,
) => Promise<Answer>;

/**
 * Asks one question at a time. A running query holds one of the few threads that Node shares among disk work, so
 * that several at once could keep a commit waiting; DuckDB uses every core for a single one anyway.
 *
 * A question first waits until what was durable when it was asked is applied; then it takes its turn.
 *
 * Each question is a transaction of its own. DuckDB plans a statement before it runs it, and a plan packs values into
 * as few bytes as the least, greatest and longest ones of the books need at that moment. Were a write committed in
 * between, longer values would be cut, read beyond or taken for others: a tenant would have another's name.
 *
 * @see https://github.com/duckdb/duckdb/pull/24696
 */
export class QueryQueue {
  #connection: DuckDBConnection;
  readonly #untilApplied: () => Promise<void>;
  readonly #around: AroundQuestion;
  /** Ends when everything that has taken its turn has ended. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #questions = new Set<Promise<unknown>>();
  #closed = false;

  /** @param around - Runs what it is given, with whatever a question needs around it. */
  constructor(
    connection: DuckDBConnection,
    untilApplied: () => Promise<void> = () => Promise.resolve(),
    around: AroundQuestion = (_connection, answer) => answer(),
  ) {
    this.#connection = connection;
    this.#untilApplied = untilApplied;
    this.#around = around;
  }

  ask<Answer>(question: (connection: DuckDBConnection) => Promise<Answer>): Promise<Answer> {
    if (this.#closed) return Promise.reject(new StoreQueryError('closed', 'the record store is closed'));
    if (this.#questions.size >= WAITING_QUERIES_MAX) {
      const message = `${this.#questions.size} questions wait for an answer, no more may; ask again later`;
      return Promise.reject(new StoreQueryError('queue_full', message));
    }
    const answer = this.#untilApplied().then(() => {
      return this.#inTurn(() => this.#around(this.#connection, () => this.#answer(question)));
    });
    const ended = answer.catch(() => undefined).finally(() => this.#questions.delete(ended));
    this.#questions.add(ended);
    return answer;
  }

  /**
   * Goes on with another connection. It is made while no question has its turn: DuckDB crashes when it is closed under a query.
   */
  reconnect(connect: () => Promise<DuckDBConnection>): Promise<void> {
    return this.#inTurn(async () => {
      this.#connection = await connect();
    });
  }

  /** Refuses further questions and waits for the answers. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#questions);
    await this.#last;
  }

  #inTurn<Result>(body: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(body);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #answer<Answer>(question: (connection: DuckDBConnection) => Promise<Answer>): Promise<Answer> {
    await this.#connection.run('BEGIN TRANSACTION READ ONLY');
    try {
      return await question(this.#connection);
    } finally {
      await this.#connection.run('ROLLBACK');
    }
  }
}
