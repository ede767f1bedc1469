const UTC_TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)Z)?$/;

/** Unix milliseconds of a day (`2026-01-01`) or an instant in UTC (`2026-01-01T06:00:00Z`). */
export function parseUtcTime(text: string): number | undefined {
  const [, day = '', clock = '00:00'] = UTC_TIME.exec(text) ?? [];
  const millis = Date.parse(`${day}T${clock}Z`);
  // JavaScript moves 2026-02-30 on to March, and 24:00 on to the next day.
  const isReal = !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(day);
  return isReal ? millis : undefined;
}
