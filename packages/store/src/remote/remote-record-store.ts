import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { CostRecord } from '@costspan/cost-model';
import {
  type RecordStore,
  type RecordWrite,
  type ReportPeriod,
  type StoreHealth,
  StoreQueryError,
  StoreWriteError,
} from '../record-store.ts';

export interface RemoteStoreOptions {
  /** Base address of the gateway that has the books: `http://books.internal:4318`. */
  readonly url: string;
  /** The bearer token to show it, asked for at every request; `undefined` where it wants none. */
  readonly token?: () => string | undefined;
  /** Time for an answer. Default 10,000. */
  readonly timeoutMillis?: number;
  /** Records that may be on their way; a write beyond it is refused. Default 50,000. */
  readonly waitingRecordsMax?: number;
}

const TIMEOUT_MILLIS = 10_000;
const WAITING_RECORDS_MAX = 50_000;
const CONNECTIONS_MAX = 16;
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;

/**
 * The books of another gateway: replicas that share them count each span once, whichever of them it is sent to. GPU pools
 * are settled by the gateway that has the books, and by no replica.
 *
 * A write that fails on the way may have happened or not; sent again it changes nothing.
 */
export function openRemoteStore(options: RemoteStoreOptions): RecordStore {
  return new RemoteRecordStore(options);
}

class RemoteRecordStore implements RecordStore {
  readonly recovery = {
    database: 'intact',
    framesReplayed: 0,
    journalDamage: [],
    archiveDamage: [],
    recordsLostAtLeast: 0,
    isComplete: true,
  } as const;
  readonly #options: RemoteStoreOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #underWay = new Set<Promise<unknown>>();
  #waitingRecords = 0;
  #problem: StoreHealth['problem'];

  constructor(options: RemoteStoreOptions) {
    this.#options = options;
    const keepAlive = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = options.url.startsWith('https:') ? new HttpsAgent(keepAlive) : new HttpAgent(keepAlive);
  }

  get health(): StoreHealth {
    return { problem: this.#problem, waitingRecords: this.#waitingRecords, waitingBytes: 0 };
  }

  async write(
    records: readonly CostRecord[],
    corrections: readonly CostRecord[] = [],
  ): Promise<readonly boolean[]> {
    return this.append({ records, corrections }).applied;
  }

  append(write: {
    readonly records: readonly CostRecord[];
    readonly corrections: readonly CostRecord[];
  }): RecordWrite {
    // A correction must not arrive before the record that it corrects.
    const before = write.corrections.length === 0 ? [] : [...this.#underWay];
    const applied =
      before.length === 0 ? this.#write(write) : Promise.allSettled(before).then(() => this.#write(write));
    const durable = applied.then(() => undefined);
    durable.catch(() => undefined).finally(() => this.#underWay.delete(applied));
    return { durable, applied };
  }

  async *recentContexts(): AsyncGenerator<never> {
    // A replica's window is its own, and lives in its memory.
  }

  async report({
    by,
    limit,
    ...period
  }: Parameters<RecordStore['report']>[0]): ReturnType<RecordStore['report']> {
    const query = {
      ...periodQuery(period),
      by: by.join(','),
      ...(limit !== undefined && { limit: String(limit) }),
    };
    return (await this.#ask<{ rows: Awaited<ReturnType<RecordStore['report']>> }>('/api/report', query)).rows;
  }

  async summary(period: ReportPeriod): ReturnType<RecordStore['summary']> {
    return this.#ask('/api/summary', periodQuery(period));
  }

  async topRequests({
    limit,
    ...period
  }: Parameters<RecordStore['topRequests']>[0]): ReturnType<RecordStore['topRequests']> {
    const query = { ...periodQuery(period), limit: String(limit) };
    return (
      await this.#ask<{ requests: Awaited<ReturnType<RecordStore['topRequests']>> }>('/api/requests', query)
    ).requests;
  }

  async records({
    limit,
    afterKey,
    ...period
  }: Parameters<RecordStore['records']>[0]): ReturnType<RecordStore['records']> {
    const query = {
      ...periodQuery(period),
      limit: String(limit),
      ...(afterKey !== undefined && { after: afterKey }),
    };
    const { records, nextKey } = await this.#ask<{ records: CostRecord[]; nextKey: string | null }>(
      '/api/records',
      query,
    );
    return { records, nextKey: nextKey ?? undefined };
  }

  gpuRecords = settledElsewhere;
  firstGpuStart = settledElsewhere;
  gpuMarks = settledElsewhere;
  gpuWindows = settledElsewhere;
  gpuWindowAt = settledElsewhere;
  unsettledGpu = settledElsewhere;

  async writeGpuWindows(): Promise<never> {
    throw new StoreWriteError('commit_failed', SETTLED_ELSEWHERE);
  }

  async checkpoint(): Promise<void> {}

  async close(): Promise<void> {
    this.#problem = 'closed';
    await Promise.allSettled(this.#underWay);
    this.#agent.destroy();
  }

  async #write(write: {
    readonly records: readonly CostRecord[];
    readonly corrections: readonly CostRecord[];
  }): Promise<readonly boolean[]> {
    const count = write.records.length + write.corrections.length;
    if (this.#problem === 'closed') throw new StoreWriteError('closed', 'the record store is closed');
    if (count === 0) return [];
    if (
      this.#waitingRecords > 0 &&
      this.#waitingRecords + count > (this.#options.waitingRecordsMax ?? WAITING_RECORDS_MAX)
    ) {
      throw new StoreWriteError(
        'queue_full',
        `${this.#waitingRecords} records are on their way, no more may be`,
      );
    }
    this.#waitingRecords += count;
    try {
      const { records, corrections } = write;
      const { status, body } = await this.#send(
        'POST',
        '/api/records',
        JSON.stringify({ records, corrections }),
      );
      const answer = status === 200 ? (JSON.parse(body) as { isNew?: unknown }) : {};
      if (!isVerdict(answer.isNew, records.length)) throw new Error(`it answered ${status}`);
      if (this.#problem === 'io_error') this.#problem = undefined;
      return answer.isNew;
    } catch (cause) {
      if (this.#problem === undefined) this.#problem = 'io_error';
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `the gateway at ${this.#options.url} did not take the records: ${reason}`;
      throw new StoreWriteError('commit_failed', message, { cause });
    } finally {
      this.#waitingRecords -= count;
    }
  }

  async #ask<Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    let answer: { readonly status: number; readonly body: string };
    try {
      answer = await this.#send('GET', `${path}?${new URLSearchParams(query).toString()}`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StoreQueryError(
        'unavailable',
        `the gateway at ${this.#options.url} did not answer: ${reason}`,
      );
    }
    if (answer.status === 200) return JSON.parse(answer.body) as Answer;
    const { error = `it answered ${answer.status}` } = JSON.parse(answer.body) as { error?: string };
    throw new StoreQueryError(answer.status === 400 ? 'invalid_query' : 'unavailable', error);
  }

  async #send(method: 'GET' | 'POST', path: string, body = ''): Promise<{ status: number; body: string }> {
    const { url, token, timeoutMillis = TIMEOUT_MILLIS } = this.#options;
    const bearer = token?.();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = url.startsWith('https:') ? requestHttps : requestHttp;
      const sent = send(new URL(path, url), {
        method,
        agent: this.#agent,
        signal: AbortSignal.timeout(timeoutMillis),
        headers: {
          ...(method === 'POST' && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        },
      });
      sent.once('response', resolve).once('error', reject).end(body);
    });
    const answered = await text(response);
    if (answered.length > ANSWER_CHARACTERS_MAX) throw new Error('its answer is too long');
    return { status: response.statusCode ?? 0, body: answered };
  }
}

const SETTLED_ELSEWHERE = 'GPU pools are settled by the gateway that has the books; ask that one';

async function settledElsewhere(): Promise<never> {
  throw new StoreQueryError('unavailable', SETTLED_ELSEWHERE);
}

function periodQuery({ from, until }: ReportPeriod): Record<string, string> {
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
}

function isVerdict(value: unknown, length: number): value is boolean[] {
  return Array.isArray(value) && value.length === length && value.every((each) => typeof each === 'boolean');
}
