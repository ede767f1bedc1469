export type { JournalDamage } from './journal/journal.ts';
export type { RecoveryReport } from './recovery-report.ts';
export type { MaintenanceOptions } from './recovery/maintenance.ts';
export type { StoreEvent } from './store-event.ts';
export type { GpuPeriod, GpuPoolMark, GpuSettlement, GpuSpan, StoredGpuRecord } from './gpu-books.ts';
export { type NoStoreOptions, openNoStore } from './no-store.ts';
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
  type RecordWrite,
  REPORT_DIMENSIONS,
  type ReportDimension,
  type ReportPeriod,
  type ReportQuery,
  type ReportRow,
  type ReportTokens,
  type RequestCost,
  type StoreHealth,
  StoreQueryError,
  StoreWriteError,
} from './record-store.ts';
export { openRemoteStore, type RemoteStoreOptions } from './remote/remote-record-store.ts';
