import {
  COST_RECORD_SCHEMA,
  type CostRecord,
  parseMoney,
  USAGE_BOUNDS,
  USAGE_BUCKET_NAMES,
} from '@costspan/cost-model';
import { z } from 'zod';

/** Longest text of a record: what a span's attribute may bring. */
const TEXT_CHARACTERS_MAX = 65_536;
const LINES_MAX = 256;
const INTERVALS_MAX = 100_000;
const UNIX_NANO_MAX = 2n ** 64n - 1n;
/** What the books can add up: 38 digits, twelve of them behind the point. */
const MONEY_PICO_MAX = 10n ** 37n;

const text = z.string().max(TEXT_CHARACTERS_MAX);
const name = text.nullable();
const traceId = z.string().regex(/^[0-9a-f]{32}$/);
const spanId = z.string().regex(/^[0-9a-f]{16}$/);
const unixNano = z
  .string()
  .regex(/^\d{1,20}$/)
  .refine((digits) => BigInt(digits) <= UNIX_NANO_MAX);
const money = z.string().refine((decimal) => {
  const amount = parseMoney(decimal);
  return amount !== undefined && amount < MONEY_PICO_MAX && amount > -MONEY_PICO_MAX;
});
const count = z.int().min(0);

const line = z.strictObject({
  component: text,
  bucket: text,
  quantity: text,
  unit: text,
  rate: text,
  per: z.number(),
  amount: money,
});

const cost = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  total: money,
  lines: z.array(line).max(LINES_MAX),
  reported: z.strictObject({ total: money, applied: z.boolean(), difference: money.nullable() }).optional(),
});

const gpuParts = { used: money, slack: money, idle: money, overhead: money };

const gpu = z.strictObject({
  pool: text,
  replica: name,
  basis: z.enum(['estimated', 'settled']),
  seconds: text,
  share: z.number(),
  ...gpuParts,
  intervals: z
    .array(z.strictObject({ startUnixNano: unixNano, endUnixNano: unixNano, weight: count }))
    .max(INTERVALS_MAX),
  adjustedCount: count,
  flags: z.array(text).max(LINES_MAX),
  late: z.strictObject({ closedUntilUnixNano: unixNano, number: count }).nullable(),
  windows: z
    .array(
      z.strictObject({
        startUnixNano: unixNano,
        endUnixNano: unixNano,
        replicaNanos: z.number(),
        ...gpuParts,
      }),
    )
    .max(INTERVALS_MAX),
});

/** A cost record as another gateway sends it: these fields and no others, so that nothing else can enter the books. */
const costRecord: z.ZodType<CostRecord> = z
  .strictObject({
    schema: z.literal(COST_RECORD_SCHEMA),
    traceId,
    spanId,
    entrySpanId: spanId.nullable(),
    startTimeUnixNano: unixNano,
    endTimeUnixNano: unixNano,
    service: name,
    environment: name,
    feature: name,
    tenant: name,
    route: name,
    provider: name,
    requestModel: name,
    model: name,
    operation: text,
    dialect: text,
    responseId: name,
    serviceTier: name,
    region: name,
    conditions: z.record(text, text).nullable(),
    errorType: name,
    usage: z.partialRecord(z.enum(USAGE_BUCKET_NAMES), count).nullable(),
    usageSource: z.enum(['span', 'wire', 'server', 'estimated']),
    usageIncomplete: z.enum(USAGE_BOUNDS).nullable(),
    usageCorrected: z.boolean(),
    status: z.enum(['priced', 'unpriced', 'duplicate']),
    reason: name,
    reasonDetail: name,
    duplicateOfSpanId: spanId.nullable(),
    duplicateOfTraceId: traceId.nullable(),
    cost: cost.nullable(),
    gpu: gpu.nullable().optional(),
    priceBook: z.strictObject({
      version: text,
      digest: text,
      entry: name,
      exactMatch: z.boolean().nullable(),
    }),
  })
  .transform((record) => record as CostRecord);

/** The most records of one write: as many as a request can have spans. */
const RECORDS_MAX = 500_000;

/** What a replica writes. */
export const recordWrite: z.ZodType<{ records: CostRecord[]; corrections: CostRecord[] }> = z.strictObject({
  records: z.array(costRecord).max(RECORDS_MAX),
  corrections: z.array(costRecord).max(RECORDS_MAX),
});
