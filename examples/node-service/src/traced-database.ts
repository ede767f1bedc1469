import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

export type Row = Readonly<Record<string, unknown>>;

/** An embedded database with one span per query, as instrumentation of a database client makes them. */
export class TracedDatabase {
  readonly #database: DatabaseSync;
  readonly #namespace: string;
  readonly #tracer: Tracer = trace.getTracer('support-database');

  constructor(path: string, namespace: string) {
    this.#database = new DatabaseSync(path);
    this.#namespace = namespace;
  }

  /** Runs statements that no request waits for: no span. */
  setUp(sql: string): void {
    this.#database.exec(sql);
  }

  /** @param summary - operation and table, for instance `SELECT orders`; names the span. */
  query(summary: string, sql: string, ...values: readonly SQLInputValue[]): Row[] {
    const attributes = {
      'db.system.name': 'sqlite',
      'db.namespace': this.#namespace,
      'db.query.summary': summary,
      'db.query.text': sql,
    };
    return this.#tracer.startActiveSpan(summary, { kind: SpanKind.CLIENT, attributes }, (span) => {
      try {
        const rows = this.#database.prepare(sql).all(...values);
        span.setAttribute('db.response.returned_rows', rows.length);
        return rows;
      } catch (error) {
        span.setAttribute('error.type', (error as Error).name);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  close(): void {
    this.#database.close();
  }
}
