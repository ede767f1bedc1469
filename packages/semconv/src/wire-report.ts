import {
  type CallConditions,
  type CallPhases,
  MISSING_USAGES,
  type ModelCall,
  type ReportedCost,
  USAGE_BOUNDS,
  USAGE_BUCKET_NAMES,
  type UsageBucket,
} from '@costspan/cost-model';
import type { SpanView } from './span-view.ts';
import { tokenCount } from './token-count.ts';

/** What the provider stated of a call in its HTTP response, in the fields of a {@link ModelCall}. */
export type WireReport = Partial<
  Pick<
    ModelCall,
    | 'provider'
    | 'responseModel'
    | 'responseId'
    | 'serviceTier'
    | 'region'
    | 'conditions'
    | 'reportedCost'
    | 'usage'
    | 'usageIncomplete'
    | 'usageMissing'
    | 'answeredFromCache'
    | 'phases'
  >
>;

const SOURCE = 'costspan.usage.source';
const INCOMPLETE = 'costspan.usage.incomplete';
const MISSING = 'costspan.usage.missing';
const PROVIDER = 'costspan.call.provider';
const RESPONSE_MODEL = 'costspan.call.response_model';
const RESPONSE_ID = 'costspan.call.response_id';
const SERVICE_TIER = 'costspan.call.service_tier';
const REGION = 'costspan.call.region';
const FROM_CACHE = 'costspan.call.answered_from_cache';
const COST = 'costspan.call.reported_cost_pico';
const CURRENCY = 'costspan.call.reported_currency';

/**
 * Put on an instrumentation's span that does not stand for one call: spans inside it tell of the calls that were made in
 * it, because there are several, or because the span did not end when its call had.
 */
export const REPORTED_INSIDE_ATTRIBUTE = 'costspan.call.reported_inside';

const TEXT_KEYS = [
  ['provider', PROVIDER],
  ['responseModel', RESPONSE_MODEL],
  ['responseId', RESPONSE_ID],
  ['serviceTier', SERVICE_TIER],
  ['region', REGION],
] as const;

/** What a model server of one's own told of its time; what a profiler measures does not come over the wire. */
const PHASE_KEYS = [
  ['queueNanos', 'costspan.call.queue_nanos'],
  ['loadNanos', 'costspan.call.load_nanos'],
  ['prefillNanos', 'costspan.call.prefill_nanos'],
  ['decodeNanos', 'costspan.call.decode_nanos'],
  ['computeNanos', 'costspan.call.compute_nanos'],
] as const;

/** `cacheWrite5m` is `costspan.usage.cache_write_5m`. */
const USAGE_KEYS: readonly (readonly [bucket: UsageBucket, key: string])[] = USAGE_BUCKET_NAMES.map(
  (bucket) => [bucket, `costspan.usage.${snakeCase(bucket)}`],
);

const KEY_OF_BUCKET: Readonly<Record<string, string>> = Object.fromEntries(USAGE_KEYS);

/** The conditions that prices of the built-in book depend on. */
const CONDITION_KEYS = ['size', 'quality', 'resolution', 'audio', 'search_context_size', 'latency'].map(
  (name) => [name, `costspan.call.${name}`] as const,
);

const KEY_OF_CONDITION: Readonly<Record<string, string>> = Object.fromEntries(CONDITION_KEYS);

/**
 * The attributes that carry a report on whatever span the call has. Their names are Costspan's own, so that no
 * instrumentation overwrites them, and their buckets are disjoint, which the conventions cannot say.
 */
export function wireReportAttributes(report: WireReport): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = { [SOURCE]: 'wire' };
  const { usage, conditions, reportedCost, phases } = report;
  for (const bucket in usage) put(attributes, KEY_OF_BUCKET[bucket], usage[bucket as UsageBucket]);
  put(attributes, INCOMPLETE, report.usageIncomplete);
  put(attributes, MISSING, report.usageMissing);
  for (const [field, key] of TEXT_KEYS) put(attributes, key, report[field]);
  for (const condition in conditions) put(attributes, KEY_OF_CONDITION[condition], conditions[condition]);
  if (report.answeredFromCache === true) attributes[FROM_CACHE] = true;
  put(attributes, COST, reportedCost?.amountPico);
  put(attributes, CURRENCY, reportedCost?.currency);
  if (phases !== undefined) for (const [phase, key] of PHASE_KEYS) put(attributes, key, phases[phase]);
  return attributes;
}

function put(
  attributes: Record<string, string | number | boolean>,
  key: string | undefined,
  value: string | number | boolean | undefined,
): void {
  if (key !== undefined && value !== undefined) attributes[key] = value;
}

/**
 * A call with what the provider stated of it, where the span carries such a report: the dialect knows whose span it
 * is, and the provider what was used.
 */
export function withWireReport(span: SpanView, call: ModelCall): ModelCall {
  if (span.attribute(SOURCE) !== 'wire') return call;
  const report = readReport(span);
  return {
    ...call,
    provider: report.provider ?? call.provider,
    responseModel: report.responseModel ?? call.responseModel,
    responseId: report.responseId ?? call.responseId,
    serviceTier: report.serviceTier ?? call.serviceTier,
    region: report.region ?? call.region,
    conditions: report.conditions ?? call.conditions,
    reportedCost: report.reportedCost ?? call.reportedCost,
    usage: report.usage,
    usageIncomplete: report.usageIncomplete,
    usageMissing: report.usageMissing,
    answeredFromCache: report.answeredFromCache ?? call.answeredFromCache,
    phases: report.phases ?? call.phases,
    usageCorrected: false,
    usageSource: 'wire',
  };
}

function readReport(span: SpanView): WireReport {
  const usage: { [bucket in UsageBucket]?: number } = {};
  let isUsed = false;
  for (const [bucket, key] of USAGE_KEYS) {
    const quantity = quantityOf(span.attribute(key));
    if (quantity === undefined) continue;
    usage[bucket] = quantity;
    isUsed = true;
  }
  const text = (key: string): string | undefined => textOf(span.attribute(key));
  return {
    provider: text(PROVIDER),
    responseModel: text(RESPONSE_MODEL),
    responseId: text(RESPONSE_ID),
    serviceTier: text(SERVICE_TIER),
    region: text(REGION),
    conditions: readConditions(span),
    reportedCost: readCost(span),
    usage: isUsed ? usage : undefined,
    usageIncomplete: memberOf(USAGE_BOUNDS, span.attribute(INCOMPLETE)),
    usageMissing: memberOf(MISSING_USAGES, span.attribute(MISSING)),
    answeredFromCache: span.attribute(FROM_CACHE) === true ? true : undefined,
    phases: readPhases(span),
  };
}

function readConditions(span: SpanView): CallConditions | undefined {
  const conditions: Record<string, string> = {};
  for (const [name, key] of CONDITION_KEYS) {
    const value = textOf(span.attribute(key));
    if (value !== undefined) conditions[name] = value;
  }
  for (const _name in conditions) return conditions;
  return undefined;
}

function readCost(span: SpanView): ReportedCost | undefined {
  const amountPico = quantityOf(span.attribute(COST));
  const currency = textOf(span.attribute(CURRENCY));
  return amountPico === undefined || currency === undefined || !Number.isSafeInteger(amountPico)
    ? undefined
    : { amountPico, currency };
}

function readPhases(span: SpanView): CallPhases | undefined {
  const phases: { -readonly [phase in keyof CallPhases]: CallPhases[phase] } = {};
  let isKnown = false;
  for (const [phase, key] of PHASE_KEYS) {
    const nanos = tokenCount(span.attribute(key));
    if (nanos === undefined) continue;
    phases[phase] = nanos;
    isKnown = true;
  }
  return isKnown ? phases : undefined;
}

/** Seconds of audio have fractions; tokens never do, and pricing tells. */
function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'bigint') return quantityOf(Number(value));
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function memberOf<Member extends string>(members: readonly Member[], value: unknown): Member | undefined {
  return members.find((member) => member === value);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}
