export {
  CATALOGUE_FORMATS,
  type CatalogueFormat,
  type CatalogueNote,
  type ImportedCatalogue,
  type ImportError,
  type ImportErrorCode,
  type ImportOptions,
} from './catalogue-format.ts';
export { importCatalogue } from './import-catalogue.ts';
export {
  type ComparedSource,
  type CompareOptions,
  compareSources,
  type ModelInUse,
  type RateDisagreement,
  type SourceDisagreement,
  type SourceEntry,
  type SourceRate,
} from './compare-sources.ts';
export {
  type DiffTimes,
  diffPriceBooks,
  type EntryChange,
  type MultiplierChange,
  type NameMove,
  type PriceBookDiff,
  type RateChange,
} from './diff-price-books.ts';
export type { FindingCode, FindingSeverity, PriceBookFinding } from './price-book-finding.ts';
export type { RateScope } from './rate-table.ts';
export { withReviews } from './reviewed-findings.ts';
export { validatePriceBook, type ValidateOptions } from './validate-price-book.ts';
