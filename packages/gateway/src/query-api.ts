import type { ServerResponse } from 'node:http';
import { type RecordStore, REPORT_DIMENSIONS, type ReportDimension } from '@costspan/store';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;

interface BadQuery {
  readonly error: string;
}

/**
 * The read-only API over the records: `/api/report`, `/api/summary`, `/api/requests` and `/api/records`, JSON
 * as `@costspan/store` describes it.
 *
 * @returns False when the path is none of them.
 */
export async function answerQuery(url: URL, store: RecordStore, response: ServerResponse): Promise<boolean> {
  const query = QUERIES[url.pathname];
  if (query === undefined) return false;
  let answer: unknown;
  try {
    answer = await query(url.searchParams, store);
  } catch (error) {
    const badQuery = error instanceof Error && error.name === 'StoreQueryError';
    sendJson(response, badQuery ? 400 : 503, {
      error: badQuery ? error.message : 'the records cannot be read now',
    });
    return true;
  }
  sendJson(response, isBadQuery(answer) ? 400 : 200, answer);
  return true;
}

const QUERIES: Readonly<Record<string, (search: URLSearchParams, store: RecordStore) => Promise<unknown>>> = {
  '/api/report': async (search, store) => {
    const names = (search.get('by') ?? '').split(',').filter((name) => name !== '');
    const unknown = names.find((name) => !(REPORT_DIMENSIONS as readonly string[]).includes(name));
    if (unknown !== undefined) return { error: `by: unknown dimension; use ${REPORT_DIMENSIONS.join(', ')}` };
    const limit = limitOf(search);
    return typeof limit === 'number'
      ? { rows: await store.report({ ...periodOf(search), by: names as ReportDimension[], limit }) }
      : limit;
  },
  '/api/summary': async (search, store) => store.summary(periodOf(search)),
  '/api/requests': async (search, store) => {
    const limit = limitOf(search);
    return typeof limit === 'number' ? { requests: await store.topRequests({ ...periodOf(search), limit }) } : limit;
  },
  '/api/records': async (search, store) => {
    const limit = limitOf(search);
    const afterKey = search.get('after');
    return typeof limit === 'number'
      ? store.records({ ...periodOf(search), limit, ...(afterKey !== null && { afterKey }) })
      : limit;
  },
};

function periodOf(search: URLSearchParams): { from?: string; until?: string } {
  const from = search.get('from');
  const until = search.get('until') ?? search.get('to');
  return { ...(from !== null && { from }), ...(until !== null && { until }) };
}

function limitOf(search: URLSearchParams): number | BadQuery {
  const text = search.get('limit');
  if (text === null) return LIMIT_DEFAULT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  return { error: `limit: must be a whole number from 1 to ${LIMIT_MAX}` };
}

function isBadQuery(answer: unknown): answer is BadQuery {
  return typeof answer === 'object' && answer !== null && 'error' in answer;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
