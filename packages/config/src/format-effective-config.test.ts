import { type CostAttributeVocabulary, moneyFromPico } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CostspanConfig } from './costspan-config.ts';
import { formatEffectiveConfig } from './format-effective-config.ts';
import { parseConfig } from './parse-config.ts';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((text) => text.length <= 256);
const names = fc.array(name, { minLength: 1, maxLength: 4 });
const vocabularies: CostAttributeVocabulary[] = [
  'costspan',
  'semconv',
  'openinference',
  'langfuse',
  'logfire',
];

const threshold = fc.record(
  { name, feature: name, requestCost: fc.bigInt({ min: 1n, max: 10n ** 20n }).map(moneyFromPico) },
  { requiredKeys: ['name', 'requestCost'] },
);

const config: fc.Arbitrary<CostspanConfig> = fc.record({
  version: fc.constant(1 as const),
  currency: fc.constant('USD'),
  prices: fc.record({
    overlays: fc.array(name, { maxLength: 3 }),
    approximateMatch: fc.constantFrom('allow' as const, 'forbid' as const),
    providerReportedCost: fc.constantFrom('prefer' as const, 'ignore' as const),
    ageDaysMax: fc.integer({ min: 1, max: 3650 }),
    update: fc.option(
      fc.record({
        url: fc.constant('https://prices.example.com/book.json'),
        allowedHosts: names,
        publicKeys: fc.array(name, { maxLength: 2 }),
        everyHours: fc.integer({ min: 1, max: 8784 }),
        path: name,
      }),
      { nil: undefined },
    ),
  }),
  overhead: fc.option(
    fc.record({
      percent: fc.constantFrom('12', '12.5', '0'),
      reviewed: fc.constantFrom('2026-10-01', '2024-02-29'),
    }),
    { nil: undefined },
  ),
  attribution: fc.record({ feature: names, tenant: names, labelsMax: fc.integer({ min: 1, max: 100_000 }) }),
  thresholds: fc.uniqueArray(threshold, { selector: (one) => one.name, maxLength: 5 }),
  emit: fc.subarray(vocabularies),
  sampling: fc.record({ meterUnsampled: fc.boolean() }),
  wire: fc.record({
    enabled: fc.boolean(),
    endpoints: fc.array(
      fc.record({
        address: fc.constantFrom('llm.internal', '10.0.3.7:8000', '[::1]:8000'),
        pathPrefix: fc.constantFrom(undefined, '/openai'),
        provider: fc.constantFrom(undefined, 'azure.ai.openai'),
        ignore: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
  }),
  metrics: fc.record({ seriesMax: fc.integer({ min: 100, max: 1_000_000 }) }),
  gateway: fc.record({
    listen: fc.record({
      host: fc.constantFrom('127.0.0.1', '::1', 'localhost', 'gateway-0.svc'),
      port: fc.integer({ min: 0, max: 65_535 }),
    }),
    forward: fc.option(
      fc.record({
        endpoint: fc.constantFrom('http://127.0.0.1:4319', 'https://collector/otlp'),
        mode: fc.constantFrom('required' as const, 'best_effort' as const),
      }),
      { nil: undefined },
    ),
    bodyBytesMax: fc.integer({ min: 1, max: 2 ** 30 }),
  }),
  store: fc.record({ kind: fc.constant('duckdb' as const), path: name }),
});

test('the effective configuration reads back to itself', () => {
  fc.assert(
    fc.property(config, (written) => {
      const read = parseConfig(formatEffectiveConfig(written), { sourceName: 'effective', env: {} });
      expect(read).toEqual({ ok: true, config: written, warnings: [] });
    }),
  );
});
