import {
  type CostAttributeVocabulary,
  type CostThreshold,
  DEFAULT_ATTRIBUTION_KEYS,
  parseMoney,
} from '@costspan/cost-model';
import { z } from 'zod';
import { checkGpuPools } from './check-gpu-pools.ts';
import type { CostspanConfig } from './costspan-config.ts';
import { endpointProblem, gateway } from './gateway-schema.ts';
import { gpuPools } from './gpu-pool-schema.ts';
import { overhead } from './overhead-schema.ts';

const NAME_CHARACTERS_MAX = 256;
const ATTRIBUTION_KEYS_MAX = 32;
const THRESHOLDS_MAX = 50;
const LABELS_LIMIT = 100_000;
const SERIES_LIMIT = 1_000_000;

const OVERLAYS_MAX = 16;
const AGE_DAYS_LIMIT = 3650;
const UPDATE_HOSTS_MAX = 16;
const UPDATE_KEYS_MAX = 16;
const KEY_CHARACTERS_MAX = 4096;
const UPDATE_HOURS_LIMIT = 24 * 366;

const WIRE_ENDPOINTS_MAX = 256;

const VOCABULARIES = [
  'costspan',
  'semconv',
  'openlit',
  'openinference',
  'langfuse',
  'logfire',
] as const satisfies CostAttributeVocabulary[];

const name = z.string().min(1).max(NAME_CHARACTERS_MAX);
const attributeNames = z.array(name).min(1).max(ATTRIBUTION_KEYS_MAX);

const priceUpdate = z
  .strictObject({
    url: z
      .string()
      .superRefine((text, context) => {
        if (URL.parse(text)?.protocol === 'https:') return;
        context.addIssue({ code: 'custom', message: `"${text}" is not an https address` });
      })
      .describe('Where a newer price book is fetched from; https only.'),
    allowed_hosts: z
      .array(name)
      .min(1)
      .max(UPDATE_HOSTS_MAX)
      .describe('The hosts that the address and its redirects may name.'),
    public_keys: z
      .array(z.string().min(1).max(KEY_CHARACTERS_MAX))
      .max(UPDATE_KEYS_MAX)
      .default([])
      .describe(
        'Ed25519 public keys (PEM). With any, a book without a valid signature by one of them is refused.',
      ),
    every_hours: z.int().min(1).max(UPDATE_HOURS_LIMIT).default(24).describe('Hours between two looks.'),
    path: z
      .string()
      .min(1)
      .default('./costspan-prices')
      .describe('The folder that keeps fetched books, relative to the working directory.'),
  })
  .optional()
  .describe('Fetches newer price books. Absent: only the one that is built in.');

const prices = z
  .strictObject({
    approximate_match: z
      .enum(['allow', 'forbid'])
      .default('allow')
      .describe(
        'Whether a model that the price book does not list may take the price of the entry its name ' +
          'matches loosely. With forbid such a call stays unpriced, reason only_approximate_match.',
      ),
    overlays: z
      .array(name)
      .max(OVERLAYS_MAX)
      .default([])
      .describe(
        "Files with an organisation's own prices, laid over the price book in this order, later ones winning. " +
          'A relative path starts at the folder of this file.',
      ),
    provider_reported_cost: z
      .enum(['prefer', 'ignore'])
      .default('prefer')
      .describe(
        'Whether a cost that the provider states in its response (OpenRouter and others do) is the cost. ' +
          'The difference to the price book is recorded either way.',
      ),
    age_days_max: z
      .int()
      .min(1)
      .max(AGE_DAYS_LIMIT)
      .default(120)
      .describe('Days since the prices were last checked after which a warning is given.'),
    update: priceUpdate,
  })
  .prefault({})
  .describe('How a call finds its price.');

const attribution = z
  .strictObject({
    feature: attributeNames
      .default([...DEFAULT_ATTRIBUTION_KEYS.feature])
      .describe(
        'Attribute names that say which feature a call belongs to. The first that is present wins: on the ' +
          'span, then its ancestors, then baggage, then the resource.',
      ),
    tenant: attributeNames
      .default([...DEFAULT_ATTRIBUTION_KEYS.tenant])
      .describe('Attribute names that say which tenant a call belongs to, looked for like those of feature.'),
    labels_max: z
      .int()
      .min(1)
      .max(LABELS_LIMIT)
      .default(200)
      .describe(
        'The most values of feature, and of tenant, that metrics keep apart. What is over goes to "other"; ' +
          'the records keep every value.',
      ),
  })
  .prefault({})
  .describe('Who a cost is attributed to.');

const threshold = z.strictObject({
  name: name.describe('Names the threshold in metrics, span events and alerts; unique in the list.'),
  feature: name.optional().describe('The feature it applies to; absent: every feature.'),
  request_cost: z
    .string()
    .transform((text, context) => {
      const amount = parseMoney(text);
      if (amount !== undefined && amount > 0n) return amount;
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not an amount; write a positive decimal with at most 12 places, such as "0.05"`,
      });
      return z.NEVER;
    })
    .describe(
      'The cost of one request, in the accounting currency, above which the request is flagged. A decimal ' +
        'in quotes, such as "0.05", with at most 12 places.',
    ),
});

const thresholds = z
  .array(threshold)
  .max(THRESHOLDS_MAX)
  .superRefine((list, context) => {
    list.forEach((one, index) => {
      if (list.findIndex((other) => other.name === one.name) === index) return;
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: `another threshold is already named "${one.name}"; give each a name of its own`,
      });
    });
  })
  .prefault([])
  .describe('Flags requests whose cost passes an amount. Empty: none is flagged.');

const emit = z
  .array(z.enum(VOCABULARIES))
  .superRefine((list, context) => {
    list.forEach((vocabulary, index) => {
      if (list.indexOf(vocabulary) === index) return;
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `"${vocabulary}" is listed twice; remove one`,
      });
    });
    if (!list.includes('semconv') || !list.includes('openlit')) return;
    context.addIssue({
      code: 'custom',
      message:
        'semconv and openlit cannot be written together: openlit writes gen_ai.usage.cost, which is a prefix ' +
        'of gen_ai.usage.cost.amount of semconv, and backends that nest attribute names lose one of them; ' +
        'keep one of the two',
    });
  })
  .default(['costspan'])
  .describe(
    'The attribute names that a cost is written in on spans. semconv and openlit exclude each other. An ' +
      'empty list writes no cost attribute.',
  );

const store = z
  .strictObject({
    kind: z
      .enum(['duckdb', 'gateway', 'none'])
      .default('duckdb')
      .describe(
        'Where cost records are kept. duckdb: in the data folder. gateway: by another gateway, whose books several ' +
          'replicas share. none: spans are priced, metered and forwarded, and nothing is kept.',
      ),
    path: z
      .string()
      .min(1)
      .default('./costspan-data')
      .describe('The data folder, relative to the working directory. It is created when it is missing.'),
    url: z
      .string()
      .superRefine((text, context) => {
        const problem = endpointProblem(text);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .optional()
      .describe(
        'The gateway that has the books, such as "http://books.internal:4318"; only with kind: gateway.',
      ),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file with the bearer token for that gateway, whose scope is records. It is read again when it changes; a ' +
          'relative path starts at the folder of this file.',
      ),
  })
  .superRefine(({ kind, url, token_file }, context) => {
    if (kind === 'gateway' && url === undefined) {
      const message = 'kind: gateway needs the address of the gateway that has the books; add url';
      context.addIssue({ code: 'custom', path: ['url'], message });
    }
    if (kind === 'gateway') return;
    const name = url === undefined ? 'token_file' : 'url';
    if (url === undefined && token_file === undefined) return;
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `${name} is for kind: gateway only; remove it`,
    });
  })
  .prefault({})
  .describe('Where cost records are kept.');

const wireEndpoint = z.strictObject({
  address: name
    .superRefine((text, context) => {
      if (!/[/?#@\s]/.test(text)) return;
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not an address; write HOST or HOST:PORT, such as "10.0.3.7:8000"`,
      });
    })
    .describe('Host, or host and port: "llm.internal", "10.0.3.7:8000".'),
  path_prefix: name
    .optional()
    .describe('The beginning of the paths that it holds for, such as "/openai"; absent: every path.'),
  provider: name
    .optional()
    .describe(
      'OpenTelemetry\'s name for the provider that is paid for these calls, such as "azure.ai.openai".',
    ),
  ignore: z.boolean().default(false).describe('Whether calls to it are left alone.'),
});

const wire = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether a Node service reads usage off the HTTP responses of providers, whatever SDK makes the call.',
      ),
    endpoints: z
      .array(wireEndpoint)
      .max(WIRE_ENDPOINTS_MAX)
      .default([])
      .describe(
        'What is behind private addresses; the first that fits counts. Public ones are known by their hosts.',
      ),
  })
  .prefault({})
  .describe('How usage is read on the wire.');

const configFile = z
  .strictObject({
    version: z.literal(1).default(1).describe('The version of this file format.'),
    currency: z.literal('USD').default('USD').describe('ISO 4217 code of the accounting currency.'),
    prices,
    overhead: overhead.optional(),
    attribution,
    thresholds,
    emit,
    sampling: z
      .strictObject({
        meter_unsampled: z
          .boolean()
          .default(true)
          .describe(
            'Whether GenAI spans that the sampler drops are still recorded for metering, without being ' +
              'exported. With false, unsampled calls are missing from costs.',
          ),
      })
      .prefault({})
      .describe('What head sampling does to costs.'),
    wire,
    metrics: z
      .strictObject({
        series_max: z
          .int()
          .min(100)
          .max(SERIES_LIMIT)
          .default(10_000)
          .describe('The most series of one instrument; what is over goes to "other" and sums stay exact.'),
      })
      .prefault({})
      .describe('Bounds of the exported metrics.'),
    gateway,
    store,
    pools: gpuPools,
  })
  .meta({
    title: 'costspan.yaml',
    description: 'Configuration of Costspan. Every key is optional; unknown keys are refused.',
  });

/** Validates the parsed file, fills in defaults and gives the effective configuration. */
export const configSchema: z.ZodType<CostspanConfig> = configFile
  .transform(toConfig)
  .superRefine(checkGpuPools);

/** JSON Schema (draft-07) of `costspan.yaml`, for editors. */
export function configJsonSchema(): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(configSchema, { target: 'draft-07', io: 'input' });
}

function toConfig(file: z.output<typeof configFile>): CostspanConfig {
  return {
    version: file.version,
    currency: file.currency,
    prices: {
      overlays: file.prices.overlays,
      approximateMatch: file.prices.approximate_match,
      providerReportedCost: file.prices.provider_reported_cost,
      ageDaysMax: file.prices.age_days_max,
      update: file.prices.update && {
        url: file.prices.update.url,
        allowedHosts: file.prices.update.allowed_hosts,
        publicKeys: file.prices.update.public_keys,
        everyHours: file.prices.update.every_hours,
        path: file.prices.update.path,
      },
    },
    overhead: file.overhead,
    attribution: {
      feature: file.attribution.feature,
      tenant: file.attribution.tenant,
      labelsMax: file.attribution.labels_max,
    },
    thresholds: file.thresholds.map(toThreshold),
    emit: file.emit,
    sampling: { meterUnsampled: file.sampling.meter_unsampled },
    wire: {
      enabled: file.wire.enabled,
      endpoints: file.wire.endpoints.map(({ path_prefix, ...endpoint }) => ({
        ...endpoint,
        pathPrefix: path_prefix,
      })),
    },
    metrics: { seriesMax: file.metrics.series_max },
    gateway: file.gateway,
    store: {
      kind: file.store.kind,
      path: file.store.path,
      url: file.store.url,
      tokenFile: file.store.token_file,
    },
    pools: file.pools.map((pool) => ({ ...pool, overhead: pool.overhead ?? file.overhead })),
  };
}

function toThreshold(file: z.output<typeof threshold>): CostThreshold {
  return {
    name: file.name,
    ...(file.feature === undefined ? {} : { feature: file.feature }),
    requestCost: file.request_cost,
  };
}
