import { type ReportPeriod, StoreQueryError } from '../record-store.ts';

const INSTANT_PATTERN =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?<fraction>\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const LAST_UNIX_NANO = 2n ** 64n - 1n;

/** A period as a condition on the calls' start, with the values to bind to it. */
export interface PeriodCondition {
  readonly sql: string;
  readonly values: Readonly<Record<string, bigint>>;
}

/** @throws StoreQueryError when a bound is no ISO instant. */
export function periodCondition({ from, until }: ReportPeriod): PeriodCondition {
  const conditions = ['TRUE'];
  const values: Record<string, bigint> = {};
  if (from !== undefined) {
    conditions.push('start_unix_nano >= $from::UBIGINT');
    values['from'] = unixNano('from', from);
  }
  if (until !== undefined) {
    conditions.push('start_unix_nano < $until::UBIGINT');
    values['until'] = unixNano('until', until);
  }
  return { sql: conditions.join(' AND '), values };
}

/** The instant as spans count time, at the nearest end of what they can count. A day alone is its start, UTC. */
function unixNano(name: keyof ReportPeriod, instant: string): bigint {
  const match = INSTANT_PATTERN.exec(instant);
  const fraction = match?.groups?.['fraction'] ?? '';
  const unixMillis = match === null ? Number.NaN : Date.parse(instant.replace(fraction, ''));
  if (Number.isNaN(unixMillis)) {
    const message = `${name} must be an ISO 8601 instant such as 2026-11-01T00:00:00Z, not ${JSON.stringify(instant)}`;
    throw new StoreQueryError('invalid_query', message);
  }
  const nanos = BigInt(unixMillis) * 1_000_000n + BigInt(fraction.slice(1).padEnd(9, '0'));
  return nanos < 0n ? 0n : nanos > LAST_UNIX_NANO ? LAST_UNIX_NANO : nanos;
}
