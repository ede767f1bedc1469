import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallSummary,
  DATABASE_FILE,
  openDuckDbStore,
  type RecordStore,
  type ReportDimension,
  type ReportPeriod,
  type ReportRow,
  type RequestCost,
} from '@costspan/store';
import { UsageError } from './exit-code.ts';
import { findRunningGateway } from './running-gateway.ts';

/** What a report asks, whoever has the records open. */
export interface ReportSource {
  report(by: readonly ReportDimension[], period: ReportPeriod): Promise<readonly ReportRow[]>;
  summary(period: ReportPeriod): Promise<CallSummary>;
  topRequests(limit: number, period: ReportPeriod): Promise<readonly RequestCost[]>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MILLIS = 60_000;
/** Rows of one report at most; both the store and the gateway allow no more. */
const ROWS_MAX = 1000;

/**
 * Opens the database, or asks the gateway that has it open. The lock on the file is the proof that one runs:
 * its address in the folder may be left over from a gateway that was killed.
 */
export async function openReportSource(dataFolder: string): Promise<ReportSource> {
  if (!existsSync(join(dataFolder, DATABASE_FILE))) {
    throw new UsageError(
      `${dataFolder} has no records; start "costspan up" there and send it spans, or name another folder with --data`,
    );
  }
  const opened = await openDuckDbStore({ path: dataFolder });
  if (opened.ok) return storeSource(opened.store);
  const gateway = opened.error.code === 'locked' ? await findRunningGateway(dataFolder) : undefined;
  if (gateway === undefined) throw new UsageError(opened.error.message);
  return gatewaySource(gateway.url);
}

function storeSource(store: RecordStore): ReportSource {
  return {
    report: (by, period) => store.report({ ...period, by, limit: ROWS_MAX }),
    summary: (period) => store.summary(period),
    topRequests: (limit, period) => store.topRequests({ ...period, limit }),
    close: () => store.close(),
  };
}

function gatewaySource(url: string): ReportSource {
  const get = async <Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> => {
    const address = new URL(path, url);
    address.search = new URLSearchParams(query).toString();
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS);
    const response = await fetch(address, { signal });
    if (!response.ok) {
      throw new UsageError(`the gateway at ${url} answered ${response.status}: ${await response.text()}`);
    }
    return (await response.json()) as Answer;
  };
  return {
    report: async (by, period) =>
      (
        await get<{ rows: ReportRow[] }>('/api/report', {
          ...period,
          by: by.join(','),
          limit: String(ROWS_MAX),
        })
      ).rows,
    summary: (period) => get<CallSummary>('/api/summary', { ...period }),
    topRequests: async (limit, period) =>
      (await get<{ requests: RequestCost[] }>('/api/requests', { ...period, limit: String(limit) })).requests,
    close: () => Promise.resolve(),
  };
}
