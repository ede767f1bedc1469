import { type CostAttributeVocabulary, type GpuPool, moneyFromPico } from '@costspan/cost-model';
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

const patterns = fc.dictionary(name, names, { maxKeys: 3 }).map((keys) => ({ ...keys }));
const overhead = fc.option(
  fc.record({
    percent: fc.constantFrom('12', '12.5', '0'),
    reviewed: fc.constantFrom('2026-10-01', '2024-02-29'),
  }),
  { nil: undefined },
);

const rates = fc
  .uniqueArray(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 3 })
  .chain((seconds) =>
    fc.tuple(
      ...seconds
        .toSorted((a, b) => a - b)
        .map((second, index) =>
          fc.record({
            fromUnixNano: fc.constant(
              BigInt(index === 0 ? second - (second % 86_400) : second) * 1_000_000_000n,
            ),
            perHour: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(moneyFromPico),
          }),
        ),
    ),
  );

/** Told apart by `pool.number`, which {@link pools} adds. */
const pool: fc.Arbitrary<Omit<GpuPool, 'name' | 'overhead'>> = fc.record({
  owner: fc.constantFrom('ml-platform', 'search'),
  match: patterns,
  instance: fc.option(fc.record({ type: name, count: fc.integer({ min: 1, max: 100 }) }), { nil: undefined }),
  gpus: fc.constantFrom(1, 8, 0.5, 1 / 7),
  replicas: fc.integer({ min: 1, max: 10_000 }),
  replicaKeys: names,
  rates,
  method: fc.constant('time_share' as const),
  basis: fc.constantFrom('concurrency' as const, 'slots' as const, 'measured' as const),
  capacity: fc.integer({ min: 1, max: 1024 }),
  idle: fc.constantFrom('separate' as const, 'proportional' as const, 'even' as const, 'owner' as const),
  reserved: fc.uniqueArray(fc.record({ tenant: name, share: fc.integer({ min: 1, max: 100 }) }), {
    selector: ({ tenant }) => tenant,
    maxLength: 3,
  }),
  windowSeconds: fc.constantFrom(1, 60, 3600),
  latenessSeconds: fc.integer({ min: 0, max: 604_800 }),
  late: fc.constantFrom('reopen' as const, 'idle_only' as const, 'drop' as const),
  finalAfterHours: fc.integer({ min: 1, max: 8784 }),
  tokenWeights: fc.record({
    input: fc.constantFrom(0, 0.25, 1),
    cached: fc.constantFrom(0, 1e-7),
    output: fc.integer({ min: 1, max: 100 }),
  }),
  devices: patterns,
  servers: patterns,
});

function pools(fileOverhead: CostspanConfig['overhead']): fc.Arbitrary<GpuPool[]> {
  return fc.array(fc.tuple(pool, overhead), { maxLength: 3 }).map((list) =>
    list.map(([one, own], index) => ({
      ...one,
      name: `pool ${index}`,
      match: { ...one.match, 'pool.number': [String(index)] },
      overhead: own ?? fileOverhead,
    })),
  );
}

const config: fc.Arbitrary<CostspanConfig> = overhead.chain((fileOverhead) =>
  fc.record({
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
    overhead: fc.constant(fileOverhead),
    attribution: fc.record({
      feature: names,
      tenant: names,
      labelsMax: fc.integer({ min: 1, max: 100_000 }),
    }),
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
      tls: fc.option(
        fc.record({
          certFile: name,
          keyFile: name,
          clientCaFile: fc.option(name, { nil: undefined }),
          minVersion: fc.constantFrom('1.2' as const, '1.3' as const),
        }),
        { nil: undefined },
      ),
      auth: fc.option(fc.record({ tokensFile: name }), { nil: undefined }),
      forward: fc.option(
        fc.record({
          endpoint: fc.constantFrom('http://127.0.0.1:4319', 'https://collector/otlp'),
          mode: fc.constantFrom('required' as const, 'best_effort' as const),
          headersFile: fc.option(name, { nil: undefined }),
          tls: fc.constantFrom(
            undefined,
            { caFile: 'ca.pem', certFile: undefined, keyFile: undefined },
            { caFile: undefined, certFile: 'cert.pem', keyFile: 'key.pem' },
          ),
        }),
        { nil: undefined },
      ),
      bodyBytesMax: fc.integer({ min: 1, max: 2 ** 30 }),
      timeouts: fc.record({
        headersSeconds: fc.integer({ min: 1, max: 3600 }),
        requestSeconds: fc.integer({ min: 1, max: 3600 }),
        idleSeconds: fc.integer({ min: 1, max: 3600 }),
      }),
    }),
    store: fc.record({ kind: fc.constant('duckdb' as const), path: name }),
    pools: pools(fileOverhead),
  }),
);

test('the effective configuration reads back to itself', () => {
  fc.assert(
    fc.property(config, (written) => {
      const read = parseConfig(formatEffectiveConfig(written), { sourceName: 'effective', env: {} });
      expect(read).toEqual({ ok: true, config: written, warnings: [] });
    }),
  );
});
