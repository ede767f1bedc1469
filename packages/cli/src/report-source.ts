import type {
  CallSummary,
  RecordStore,
  ReportDimension,
  ReportPeriod,
  ReportRow,
  RequestCost,
} from '@costspan/store';
import { askGateway, openDataFolder } from './data-folder.ts';
import type { RunningGateway } from './running-gateway.ts';

/** What a report asks, whoever has the records open. */
export interface ReportSource {
  report(by: readonly ReportDimension[], period: ReportPeriod): Promise<readonly ReportRow[]>;
  summary(period: ReportPeriod): Promise<CallSummary>;
  topRequests(limit: number, period: ReportPeriod): Promise<readonly RequestCost[]>;
  close(): Promise<void>;
}

/** Rows of one report at most; both the store and the gateway allow no more. */
const ROWS_MAX = 1000;

/** Opens the database, or asks the gateway that has it open. */
export function openReportSource(dataFolder: string): Promise<ReportSource> {
  return openDataFolder(dataFolder, { ofStore: storeSource, ofGateway: gatewaySource });
}

function storeSource(store: RecordStore): ReportSource {
  return {
    report: (by, period) => store.report({ ...period, by, limit: ROWS_MAX }),
    summary: (period) => store.summary(period),
    topRequests: (limit, period) => store.topRequests({ ...period, limit }),
    close: () => store.close(),
  };
}

function gatewaySource(gateway: RunningGateway): ReportSource {
  const get = <Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> =>
    askGateway<Answer>(gateway, path, query);
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
