import {
  type CallOperation,
  canonicalProvider,
  type ModelCall,
  reportedAmountPico,
  type ReportedCost,
  type TokenUsage,
} from '@costspan/cost-model';
import { readCallAttributes } from './call-attributes.ts';
import { CallRowError } from './call-row-error.ts';
import { callTimeMillis } from './call-time.ts';
import {
  COUNT_NAMES,
  CountConflict,
  type CountName,
  type ReportedCounts,
  usageFromReportedCounts,
} from './reported-usage.ts';

/** A call of a file, ready to price. */
export interface CallRow {
  readonly call: ModelCall;
  /** `undefined` when the line states no time. */
  readonly atMillis: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

export const OPERATIONS: readonly CallOperation[] = [
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'rerank',
  'speech',
  'transcription',
  'image_generation',
  'other',
];

const COUNTS: ReadonlySet<string> = new Set(COUNT_NAMES);
/** Sums of other counts, which add nothing. */
const TOTALS: ReadonlySet<string> = new Set(['total_tokens']);
const FRACTIONAL: ReadonlySet<string> = new Set<CountName>(['seconds']);
const TEXT_CHARACTERS_MAX = 4096;

/**
 * Reads one object of a file of calls. What stands in the row itself counts before its attributes.
 *
 * @throws {CallRowError} when it cannot be taken at its word.
 */
export function readCallRow(row: Fields): CallRow {
  const statedProvider = textOf(row, 'provider');
  const said = readCallAttributes(
    fieldsOf(row, 'attributes') ?? {},
    statedProvider === undefined ? undefined : canonicalProvider(statedProvider),
  );
  const { provider } = said;
  const counts = readCounts(row);
  const operation = operationOf(textOf(row, 'operation') ?? said.operation, counts);
  const atMillis = timeOf(row);
  const call: ModelCall = {
    dialect: 'file',
    provider,
    requestModel: textOf(row, 'model') ?? said.requestModel,
    responseModel: textOf(row, 'response_model') ?? textOf(row, 'responseModel') ?? said.responseModel,
    operation,
    usage: counts === undefined ? undefined : usageOf(counts, provider),
    usageSource: 'estimated',
    responseId: undefined,
    // Records and JSON output spell it `serviceTier`.
    serviceTier: textOf(row, 'service_tier') ?? textOf(row, 'serviceTier') ?? said.serviceTier,
    serverAddress: said.serverAddress,
    region: textOf(row, 'region') ?? said.region,
    conditions: said.conditions,
    reportedCost: statedCostOf(row) ?? reportedCostOf(said.reportedCost),
    errorType: said.errorType,
  };
  return { call, atMillis };
}

function readCounts(row: Fields): ReportedCounts | undefined {
  const usage = fieldsOf(row, 'usage');
  if (usage === undefined) return undefined;
  const counts: { [count in CountName]?: number } = {};
  for (const [name, value] of Object.entries(usage)) {
    if (value === null || TOTALS.has(name)) continue;
    if (!COUNTS.has(name)) throw unknownCount(name);
    counts[name as CountName] = countOf(name, value);
  }
  return Object.keys(counts).length === 0 ? undefined : counts;
}

function unknownCount(name: string): CallRowError {
  return new CallRowError(
    'usage_unknown',
    `usage.${shorten(name)} is no known count; known: ${COUNT_NAMES.join(', ')}`,
  );
}

function countOf(name: string, value: unknown): number {
  const isNumberText = typeof value === 'string' && /^\d{1,20}(\.\d{1,20})?$/.test(value.trim());
  const number = isNumberText ? Number(value) : value;
  const isFractional = FRACTIONAL.has(name);
  const fits =
    typeof number === 'number' &&
    number >= 0 &&
    number <= Number.MAX_SAFE_INTEGER &&
    (isFractional || Number.isInteger(number));
  if (fits) return number;
  const expected = isFractional ? 'a number' : 'a whole number';
  throw new CallRowError(
    'usage_malformed',
    `usage.${name} is ${shown(value)}; it must be ${expected} of 0 or more, or null when it is not known`,
  );
}

function usageOf(counts: ReportedCounts, provider: string | undefined): TokenUsage {
  try {
    return usageFromReportedCounts(counts, {
      nameOf: (count) => `usage.${count}`,
      reasoningMayStandBeside: provider === 'perplexity',
    });
  } catch (error) {
    if (error instanceof CountConflict) throw new CallRowError('usage_inconsistent', error.message);
    throw error;
  }
}

/**
 * Without a stated operation, a call with input and output is a chat; with one of them it may be an embedding
 * or an image, of which nothing is missing.
 */
function operationOf(stated: string | undefined, counts: ReportedCounts = {}): CallOperation {
  const known = OPERATIONS.find((operation) => operation === stated?.toLowerCase());
  if (known !== undefined) return known;
  return counts.input_tokens !== undefined && counts.output_tokens !== undefined ? 'chat' : 'other';
}

function timeOf(row: Fields): number | undefined {
  const at = row['at'];
  if (at === undefined || at === null) return undefined;
  const atMillis = callTimeMillis(at);
  if (atMillis !== undefined) return atMillis;
  throw new CallRowError(
    'time_malformed',
    `at is ${shown(at)}; write a day or time such as 2026-11-20 or 2026-11-20T12:00:00Z, ` +
      'or seconds or milliseconds since 1970',
  );
}

function statedCostOf(row: Fields): ReportedCost | undefined {
  const value = row['reported_cost'];
  if (value === undefined || value === null) return undefined;
  const cost = reportedCostOf(value);
  if (cost !== undefined) return cost;
  throw new CallRowError(
    'reported_cost_malformed',
    `reported_cost is ${shown(value)}; write a decimal such as "0.00123", or {"amount": "0.00123", "currency": "USD"}`,
  );
}

/** An amount in US dollars, or an object with `amount` and `currency`. */
export function reportedCostOf(value: unknown): ReportedCost | undefined {
  const amount = isFields(value) ? value['amount'] : value;
  const currency = isFields(value) ? (value['currency'] ?? 'USD') : 'USD';
  const amountPico = reportedAmountPico(amount);
  if (amountPico === undefined || typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) {
    return undefined;
  }
  return { amountPico, currency: currency.toUpperCase() };
}

function textOf(row: Fields, name: string): string | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX) return value.trim() || undefined;
  throw new CallRowError(
    'field_malformed',
    `${name} is ${shown(value)}; it must be a text of at most ${TEXT_CHARACTERS_MAX} characters`,
  );
}

function fieldsOf(row: Fields, name: string): Fields | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (isFields(value)) return value;
  throw new CallRowError('field_malformed', `${name} is ${shown(value)}; it must be an object`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message may show it: short, and of an object only that it is one. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isFields(value) ? 'an object' : shorten(JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
