import { InvalidArgumentError } from 'commander';

/** Reads a count such as `--input-tokens 1200`. */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('Write a whole number in digits, such as 1200.');
  }
  return count;
}

const DATE_PATTERN = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Reads `2026-11-20` or `2026-11-20T12:00:00Z`; a date, or a time without an offset, is UTC. */
export function parseDate(text: string): Date {
  const hasOffset = /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const date = new Date(text.includes('T') && !hasOffset ? `${text}Z` : text);
  if (!DATE_PATTERN.test(text) || Number.isNaN(date.getTime()) || !isRealDay(text)) {
    throw new InvalidArgumentError('Write a date such as 2026-11-20 or 2026-11-20T12:00:00Z.');
  }
  return date;
}

/** JavaScript moves 2026-02-30 on to March. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
