import { InvalidArgumentError } from 'commander';
import { callTimeMillis } from './call-time.ts';

/** Reads a count such as `--input-tokens 1200`. */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('Write a whole number in digits, such as 1200.');
  }
  return count;
}

/** Reads a quantity that may have a fraction, such as `--seconds 12.5`. */
export function parseQuantity(text: string): number {
  const quantity = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(quantity <= Number.MAX_SAFE_INTEGER)) {
    throw new InvalidArgumentError('Write a number in digits, such as 12.5.');
  }
  return quantity;
}

/** Reads `2026-11-20` or `2026-11-20T12:00:00Z`; a date, or a time without an offset, is UTC. */
export function parseDate(text: string): Date {
  const millis = callTimeMillis(text);
  if (millis === undefined) {
    throw new InvalidArgumentError('Write a date such as 2026-11-20 or 2026-11-20T12:00:00Z.');
  }
  return new Date(millis);
}

/** Collects repeated `name=value`, for instance `--option search_context_size=low`. */
export function collectNamedValue(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write a name and a value, such as search_context_size=low.');
  }
  return { ...previous, [name.trim()]: value.trim() };
}
