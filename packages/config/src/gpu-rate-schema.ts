import { type GpuRate, type Money, parseMoney } from '@costspan/cost-model';
import { z } from 'zod';
import { decimal } from './overhead-schema.ts';
import { parseUtcTime } from './utc-time.ts';

const RATES_MAX = 1000;
const NANOS_PER_MILLI = 1_000_000n;

const FROM_MILLIS_MAX = Date.UTC(2200, 0);

const from: z.ZodType<bigint, string> = z.string().transform((text, context) => {
  const millis = parseUtcTime(text);
  if (millis !== undefined && millis >= 0 && millis <= FROM_MILLIS_MAX)
    return BigInt(millis) * NANOS_PER_MILLI;
  context.addIssue({
    code: 'custom',
    message:
      millis === undefined
        ? `"${text}" is neither a day nor an instant in UTC; write it as 2026-01-01 or 2026-01-01T06:00:00Z`
        : `"${text}" is not between the years 1970 and 2200`,
  });
  return z.NEVER;
});

const perHour: z.ZodType<Money, string | number> = decimal.transform((text, context) => {
  const amount = parseMoney(text);
  if (amount !== undefined) return amount;
  context.addIssue({ code: 'custom', message: `"${text}" is not a decimal` });
  return z.NEVER;
});

const gpuRate = z
  .strictObject({
    from: from.describe(
      'The day, or the instant in UTC, from which it is paid: 2026-01-01, 2026-01-01T06:00:00Z.',
    ),
    per_hour: perHour.describe('What the whole pool costs an hour, all its instances together: "4.00".'),
    currency: z.literal('USD').optional().describe('ISO 4217 code; it must be the currency of the file.'),
  })
  .transform(({ from: fromUnixNano, per_hour }): GpuRate => ({ fromUnixNano, perHour: per_hour }));

/** `rates` of a pool: ascending, each in force until the next one. */
export const gpuRates: z.ZodType<GpuRate[]> = z
  .array(gpuRate)
  .min(1)
  .max(RATES_MAX)
  .describe('What the pool costs an hour, by date. Hours before the first rate have no cost.');

/** Writes the beginning of a rate as the file has it: a day where it is midnight. */
export function formatRateStart(unixNano: bigint): string {
  const text = new Date(Number(unixNano / NANOS_PER_MILLI)).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}
