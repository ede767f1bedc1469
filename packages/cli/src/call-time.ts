const TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:?\d{2})?)?$/;
/** Seconds since the epoch stay below this until the year 5138; milliseconds are above it since 1973. */
const SECONDS_MAX = 100_000_000_000;
const MILLIS_MAX = 8_640_000_000_000_000;

/**
 * The time of a call in milliseconds since the epoch: a day (`2026-11-20`) or instant (`2026-11-20T12:00:00Z`),
 * UTC without an offset, or seconds or milliseconds since the epoch.
 *
 * @returns `undefined` when it is none of them.
 */
export function callTimeMillis(value: unknown): number | undefined {
  if (typeof value === 'number') return epochMillis(value);
  if (typeof value !== 'string') return undefined;
  const match = TIME.exec(value.trim());
  if (match === null) return undefined;
  const [, day = '', clock = '00:00', offset = 'Z'] = match;
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const millis = Date.parse(`${day}T${clock}${zone}`);
  return Number.isNaN(millis) || !isRealDay(day) ? undefined : millis;
}

function epochMillis(number: number): number | undefined {
  if (!Number.isFinite(number) || number < 0) return undefined;
  const millis = Math.floor(number < SECONDS_MAX ? number * 1000 : number);
  return millis <= MILLIS_MAX ? millis : undefined;
}

/** JavaScript moves 2026-02-30 on to March. */
function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
