import { parseMoney } from '@costspan/cost-model';
import { z } from 'zod';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const PERCENT_LIMIT = 1000;

/** A day of the calendar, `YYYY-MM-DD`. */
export const day: z.ZodType<string, string> = z.string().superRefine((text, context) => {
  const date = new Date(`${text}T00:00:00Z`);
  // JavaScript moves 2026-02-30 on to March.
  if (DAY.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return;
  context.addIssue({ code: 'custom', message: `"${text}" is not a day; write it as 2026-10-01` });
});

/** A decimal that is not negative, as a number or in quotes; it stays text, so that nothing is rounded. */
export const decimal: z.ZodType<string, string | number> = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const text = String(value);
    const amount = parseMoney(text);
    if (amount !== undefined && amount >= 0n && !text.startsWith('+')) return text;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a decimal of at most 12 places that is not negative; write for instance "12.5"`,
    });
    return z.NEVER;
  });

/** A decimal up to a limit, in percent. */
export function percentUpTo(limit: number): z.ZodType<string, string | number> {
  return decimal.superRefine((text, context) => {
    if (Number(text) <= limit) return;
    context.addIssue({ code: 'custom', message: `${text} % is more than ${limit} %` });
  });
}

/** `overhead: { percent: 12, reviewed: 2026-10-01 }`. */
export const overhead: z.ZodType<OverheadConfig, OverheadInput> = z
  .strictObject({
    percent: percentUpTo(PERCENT_LIMIT).describe('Added to the cost of every call, in percent of it.'),
    reviewed: day.describe('The day the percentage was last looked at. A quarter later a warning is given.'),
  })
  .describe('What an organisation adds to the cost of every call, as a line of its own.');

export interface OverheadConfig {
  readonly percent: string;
  readonly reviewed: string;
}

interface OverheadInput {
  percent: string | number;
  reviewed: string;
}
