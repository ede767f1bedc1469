import { parseArgs } from 'node:util';

const REQUESTS_DEFAULT = 150;
const REQUESTS_MAX = 20_000;
const SEED_MAX = 999_999_999;

export const DEMO_USAGE = `Usage: pnpm demo [options]

  --requests N  requests to the example service (default ${REQUESTS_DEFAULT})
  --seed N      another run of traffic and usage (default 1); the same seed costs the same
  --keep        leave everything running afterwards, until Ctrl-C`;

export interface DemoOptions {
  readonly requests: number;
  readonly seed: number;
  readonly keep: boolean;
}

/** A command line that cannot be understood; the message says what is wrong. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseOptions(args);
  if (values.help === true) return 'help';
  return {
    requests: wholeNumber('--requests', values.requests, {
      fallback: REQUESTS_DEFAULT,
      min: 1,
      max: REQUESTS_MAX,
    }),
    seed: wholeNumber('--seed', values.seed, { fallback: 1, min: 0, max: SEED_MAX }),
    keep: values.keep === true,
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((arg) => arg !== '--'),
      options: {
        requests: { type: 'string' },
        seed: { type: 'string' },
        keep: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}
