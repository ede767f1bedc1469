import { readFileSync } from 'node:fs';
import { type PriceBookFinding, validatePriceBook, withReviews } from '@costspan/price-catalogues';
import {
  builtinPriceBookData,
  digestOf,
  parsePriceBook,
  type PriceBookData,
  PUBLISHED_VERSIONS,
} from '@costspan/pricing';
import type { Command } from 'commander';
import { displayCount } from '../display-rate.ts';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { loadPriceBookData } from '../load-price-book.ts';
import { parseCount } from '../parse-option.ts';
import { formatTable } from '../table.ts';

interface PricesValidateOptions {
  readonly staleAfter: number;
  readonly limit: number;
  readonly json?: boolean;
}

/** What is wrong with a book; one that cannot be read at all has findings of its own. */
interface Finding extends Omit<PriceBookFinding, 'code'> {
  readonly code: string;
}

const SEVERITIES = ['error', 'warning', 'info'] as const;
const STALE_AFTER_DAYS = 120;
const ROWS_MAX = 100;

export function addPricesValidateCommand(prices: Command): void {
  prices
    .command('validate')
    .description(
      'Looks for what is wrong with a price book: overlaps, gaps, a rate 100 times off its siblings, stale entries.',
    )
    .argument('[book]', 'price book: a file, a published version, or builtin', 'builtin')
    .option('--stale-after <days>', 'days after which a price is stale', parseCount, STALE_AFTER_DAYS)
    .option('--limit <count>', 'the most rows of the table', parseCount, ROWS_MAX)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices validate builtin')
    .action(validatePrices);
}

async function validatePrices(name: string, options: PricesValidateOptions): Promise<void> {
  const { data, findings } = await findingsOf(name, options);
  const ordered = SEVERITIES.flatMap((wanted) => findings.filter(({ severity }) => severity === wanted));
  if (ordered.some(({ severity }) => severity === 'error')) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    const priceBook = data === undefined ? null : { version: data.version, digest: data.digest };
    console.log(
      JSON.stringify({ book: name, priceBook, counts: countsOf(ordered), findings: ordered }, null, 2),
    );
    return;
  }
  const head = data === undefined ? name : `${name}, version ${data.version}, ${data.digest}`;
  console.log([head, summaryOf(ordered), ...tableOf(ordered, options.limit)].join('\n'));
}

async function findingsOf(
  name: string,
  { staleAfter }: PricesValidateOptions,
): Promise<{ data: PriceBookData | undefined; findings: Finding[] }> {
  const isShipped = ['builtin', builtinPriceBookData.version, ...PUBLISHED_VERSIONS].includes(name);
  const parsed = parsePriceBook(isShipped ? await loadPriceBookData(name) : textOf(name));
  if (!parsed.ok) {
    const findings = parsed.errors.map((error): Finding => ({ ...error, severity: 'error' }));
    return { data: undefined, findings };
  }
  const { data } = parsed;
  const digest = digestOf(data);
  const mismatch: Finding = {
    code: 'digest_mismatch',
    severity: 'error',
    path: 'digest',
    message: `states ${data.digest}, but the entries have ${digest}: they were changed since`,
  };
  const findings = validatePriceBook(data, { nowMillis: Date.now(), staleAfterDays: staleAfter });
  return {
    data,
    findings: [
      ...(digest === data.digest ? [] : [mismatch]),
      // What stands out in a book that was shipped has been looked at.
      ...(isShipped ? withReviews(findings) : findings),
    ],
  };
}

function textOf(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new UsageError(
      `cannot read the price book ${name}: ${(error as Error).message}; name a file, builtin or one of ${PUBLISHED_VERSIONS.join(', ')}`,
    );
  }
}

function countsOf(findings: readonly Finding[]): Record<Finding['severity'], number> {
  const count = (wanted: Finding['severity']): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  return { error: count('error'), warning: count('warning'), info: count('info') };
}

function summaryOf(findings: readonly Finding[]): string {
  const { error, warning, info } = countsOf(findings);
  if (findings.length === 0) return 'Nothing to mend.';
  return `${displayCount(error)} errors, ${displayCount(warning)} warnings, ${displayCount(info)} to know`;
}

function tableOf(findings: readonly Finding[], limit: number): string[] {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, limit)
    .map(({ severity, code, entry, path, message }) => [severity, code, entry ?? path, message]);
  const table = formatTable(
    ['Severity', 'Finding', 'Entry', 'What'].map((head) => ({ head, align: 'left' })),
    rows,
    { cellCharactersMax: 200 },
  );
  const more = findings.length - rows.length;
  return ['', table, ...(more > 0 ? [`… ${displayCount(more)} more, see --limit`] : [])];
}
