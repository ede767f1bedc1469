export type { GpuPeriod, GpuPoolMark, GpuSettlement, GpuSpan, StoredGpuRecord } from './gpu-books.ts';
export {
  DATABASE_FILE,
  openDuckDbStore,
  type OpenStoreError,
  type OpenStoreOptions,
  type OpenStoreResult,
} from './open-duckdb-store.ts';
export {
  type BoundCount,
  type CallSummary,
  type ReasonCount,
  type RecordPage,
  type RecordsQuery,
  type RecordStore,
  REPORT_DIMENSIONS,
  type ReportDimension,
  type ReportPeriod,
  type ReportQuery,
  type ReportRow,
  type ReportTokens,
  type RequestCost,
  StoreQueryError,
  StoreWriteError,
} from './record-store.ts';
