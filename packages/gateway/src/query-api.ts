import { type RecordStore, type ReportDimension, type ReportPeriod, StoreQueryError } from '@costspan/store';

/** An answer of the query API; the body is written as JSON. */
export interface QueryAnswer {
  readonly status: 200 | 400 | 404 | 503;
  readonly body: unknown;
}

const REQUESTS_DEFAULT = 20;
const RECORDS_DEFAULT = 100;
const NANOS_PER_MILLI = 1_000_000n;
const UNIX_NANO_MAX = 2n ** 63n - 1n;

interface Query {
  readonly parameters: readonly string[];
  readonly run: (store: RecordStore, parameters: URLSearchParams) => Promise<unknown>;
}

const QUERIES: Readonly<Record<string, Query>> = {
  '/api/report': {
    parameters: ['by', 'from', 'until', 'limit'],
    async run(store, parameters) {
      const by = (parameters.get('by') ?? '').split(',').filter((name) => name !== '');
      const limit = parameters.has('limit') ? { limit: limitOf(parameters, 0) } : {};
      // The store checks the dimensions, whatever they are called here.
      return { rows: await store.report({ ...periodOf(parameters), ...limit, by: by as ReportDimension[] }) };
    },
  },
  '/api/summary': {
    parameters: ['from', 'until'],
    run: (store, parameters) => store.summary(periodOf(parameters)),
  },
  '/api/gpu': {
    parameters: ['from', 'until', 'pool'],
    async run(store, parameters) {
      const pool = parameters.get('pool');
      const windows = await store.gpuWindows({
        fromUnixNano: unixNanoOf(parameters, 'from', 0n),
        untilUnixNano: unixNanoOf(parameters, 'until', UNIX_NANO_MAX),
        ...(pool !== null && { pool }),
      });
      return { windows, marks: await store.gpuMarks() };
    },
  },
  '/api/requests': {
    parameters: ['from', 'until', 'limit'],
    async run(store, parameters) {
      const limit = limitOf(parameters, REQUESTS_DEFAULT);
      return { requests: await store.topRequests({ ...periodOf(parameters), limit }) };
    },
  },
  '/api/records': {
    parameters: ['from', 'until', 'limit', 'after'],
    async run(store, parameters) {
      const after = parameters.get('after');
      const page = await store.records({
        ...periodOf(parameters),
        limit: limitOf(parameters, RECORDS_DEFAULT),
        ...(after !== null && { afterKey: after }),
      });
      return { records: page.records, nextKey: page.nextKey ?? null };
    },
  },
};

/** Answers `GET /api/…` from the store. A wrong parameter is refused with what is accepted; none is ignored. */
export async function answerQuery(store: RecordStore, url: URL): Promise<QueryAnswer> {
  const query = QUERIES[url.pathname];
  if (query === undefined) {
    return {
      status: 404,
      body: { error: `there is no such question; ask ${Object.keys(QUERIES).join(', ')}` },
    };
  }
  const unknown = [...url.searchParams.keys()].find((name) => !query.parameters.includes(name));
  if (unknown !== undefined) {
    return { status: 400, body: { error: `unknown parameter; there is ${query.parameters.join(', ')}` } };
  }
  try {
    return { status: 200, body: await query.run(store, url.searchParams) };
  } catch (error) {
    if (!(error instanceof StoreQueryError)) throw error;
    return { status: error.code === 'invalid_query' ? 400 : 503, body: { error: error.message } };
  }
}

function periodOf(parameters: URLSearchParams): ReportPeriod {
  const from = parameters.get('from');
  const until = parameters.get('until');
  return { ...(from !== null && { from }), ...(until !== null && { until }) };
}

function unixNanoOf(parameters: URLSearchParams, name: string, otherwise: bigint): bigint {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) {
    throw new StoreQueryError('invalid_query', `${name} must be an instant such as 2026-11-01T00:00:00Z`);
  }
  return BigInt(millis) * NANOS_PER_MILLI;
}

/** What is no whole number is handed on as NaN, which the store refuses. */
function limitOf(parameters: URLSearchParams, otherwise: number): number {
  const text = parameters.get('limit');
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
