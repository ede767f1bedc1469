import { USAGE_BUCKET_NAMES, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import { z } from 'zod';
import { day, decimal, overhead, percentUpTo } from './overhead-schema.ts';
import type { BucketRates, PriceOverlayFile } from './price-overlay-file.ts';

const NAME_CHARACTERS_MAX = 256;
const RULES_MAX = 1000;
const MODELS_MAX = 10_000;
const PERIODS_MAX = 200;
const TOKENS_PER_MILLION = 1_000_000;

const name = z.string().min(1).max(NAME_CHARACTERS_MAX);
const span = {
  from: day.optional().describe('UTC day, inclusive.'),
  until: day.optional().describe('UTC day, exclusive.'),
};

/** `cacheWrite5m` is written `cache_write_5m`. */
function snakeCase(bucket: UsageBucket): string {
  return bucket.replace(/[A-Z]|\d+[a-z]/g, (part) => `_${part.toLowerCase()}`);
}

function ratesOf(wanted: (bucket: UsageBucket) => boolean) {
  const buckets = USAGE_BUCKET_NAMES.filter(wanted).map((bucket) => [snakeCase(bucket), decimal.optional()]);
  return z.strictObject(Object.fromEntries(buckets) as Record<string, z.ZodOptional<typeof decimal>>);
}

const isToken = (bucket: UsageBucket): boolean => USAGE_BUCKETS[bucket].unit === 'token';

const card = {
  per_million_tokens: ratesOf(isToken)
    .optional()
    .describe('Rates by kind of token: `{ input: "0.25", cache_read: "0.025", output: "2" }`.'),
  per_unit: ratesOf((bucket) => !isToken(bucket))
    .optional()
    .describe('Rates of what is not tokens: `{ images: "0.04", requests: "0.001" }`.'),
};

const price = z
  .strictObject({
    ...span,
    ...card,
    service_tiers: z
      .record(name, z.strictObject(card))
      .optional()
      .describe('Rates of service tiers, in full: `{ batch: { per_million_tokens: … } }`.'),
  })
  .superRefine((value, context) => {
    if (value.per_million_tokens !== undefined || value.per_unit !== undefined) return;
    context.addIssue({ code: 'custom', message: 'has no rates; add per_million_tokens or per_unit' });
  });

const model = z.strictObject({
  provider: name.describe("OpenTelemetry's name of the provider, or one of your own."),
  model: name.describe('The name that calls report. A listed model keeps its list price outside your dates.'),
  aliases: z.array(name).max(RULES_MAX).optional().describe('Other names of the same model.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
    .optional()
    .describe('Currency of the rates; needs an exchange rate.'),
  source_url: z.string().min(1).default('costspan.yaml').describe('Where the rates can be read.'),
  checked: day.optional().describe('The day the rates were last checked; default: the version of the file.'),
  prices: z
    .array(price)
    .min(1)
    .max(PERIODS_MAX)
    .superRefine((prices, context) => {
      let end = '';
      prices.forEach(({ from = '', until = '9999-12-31' }, index) => {
        const message = 'must begin when the price before it has ended, and end after that';
        if (from >= until || (index > 0 && from < end))
          context.addIssue({ code: 'custom', path: [index], message });
        end = until;
      });
    })
    .describe('In the order of time, without overlap.'),
});

const discount = z
  .strictObject({
    provider: name,
    model: name
      .optional()
      .describe(
        'A model of the price book; `gpt-5*` matches a beginning; absent: every model of the provider.',
      ),
    percent: percentUpTo(100).describe('Taken off every list rate.'),
    ...span,
  })
  .superRefine(({ from = '', until = '9999-12-31' }, context) => {
    if (from >= until) context.addIssue({ code: 'custom', message: 'must end after it begins' });
  });

const overlayFile = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be a short name in lower case, such as acme')
      .describe('Named in explanations and in the version of the book.'),
    version: day.describe(
      'The day of this file; change it with every change, so that records tell them apart.',
    ),
    discounts: z
      .array(discount)
      .max(RULES_MAX)
      .default([])
      .describe('Negotiated discounts. The last that matches an entry counts; they do not add up.'),
    models: z.array(model).max(MODELS_MAX).default([]).describe('Private models and committed-use rates.'),
    aliases: z
      .array(z.strictObject({ provider: name, model: name, entry: name }))
      .max(RULES_MAX)
      .default([])
      .describe(
        'Names of your own: `{ provider: azure.ai.openai, model: prod-chat, entry: azure.ai.openai/gpt-4o }`.',
      ),
    exchange_rates: z
      .array(
        z.strictObject({
          currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR'),
          from: day,
          rate: decimal
            .superRefine((text, context) => {
              if (Number(text) > 0) return;
              context.addIssue({
                code: 'custom',
                message: 'must be more than 0; nothing would cost anything',
              });
            })
            .describe('What one unit is worth in the accounting currency.'),
          source_url: z.string().min(1).default('costspan.yaml'),
        }),
      )
      .max(RULES_MAX)
      .default([]),
    overhead: overhead.optional(),
  })
  .meta({ title: 'Price overlay', description: "An organisation's own prices, laid over the price book." });

/** Validates the parsed file and gives the overlay. */
export const priceOverlaySchema: z.ZodType<PriceOverlayFile> = overlayFile.transform(toOverlay);

/** JSON Schema (draft-07) of an overlay file, for editors. */
export function priceOverlayJsonSchema(): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(priceOverlaySchema, { target: 'draft-07', io: 'input' });
}

function toOverlay(file: z.output<typeof overlayFile>): PriceOverlayFile {
  return {
    name: file.name,
    version: file.version,
    discounts: file.discounts,
    entries: file.models.map((model) => ({
      provider: model.provider,
      model: model.model,
      aliases: model.aliases,
      currency: model.currency,
      sourceUrl: model.source_url,
      checked: model.checked ?? file.version,
      periods: model.prices.map((price) => ({
        ...(price.from !== undefined && { from: price.from }),
        ...(price.until !== undefined && { until: price.until }),
        rates: bucketRates(price),
        ...(price.service_tiers !== undefined && {
          serviceTiers: Object.fromEntries(
            Object.entries(price.service_tiers).map(([tier, card]) => [
              tier.toLowerCase(),
              { rates: bucketRates(card) },
            ]),
          ),
        }),
      })),
    })),
    aliases: file.aliases,
    exchangeRates: file.exchange_rates.map(({ source_url: sourceUrl, ...rate }) => ({ ...rate, sourceUrl })),
    overhead: file.overhead,
  };
}

/** Turns the file's rate names into buckets. */
function bucketRates({
  per_million_tokens: tokens = {},
  per_unit: units = {},
}: Pick<z.output<typeof price>, 'per_million_tokens' | 'per_unit'>): BucketRates {
  const rates: BucketRates = {};
  for (const bucket of USAGE_BUCKET_NAMES) {
    const perToken = isToken(bucket);
    const text = (perToken ? tokens : units)[snakeCase(bucket)];
    if (text !== undefined) rates[bucket] = { decimal: text, per: perToken ? TOKENS_PER_MILLION : 1 };
  }
  return rates;
}
