import { parsePriceBook } from '@costspan/pricing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE_FORMATS, type CatalogueFormat, importCatalogue } from '../src/index.ts';
import { LITELLM_KEYS } from '../src/litellm-keys.ts';
import { PORTKEY_KEYS, PORTKEY_UNIT_KEYS } from '../src/portkey-keys.ts';

const anyJson = fc.jsonValue({ maxDepth: 2 });
/** Any JSON, and JSON that looks enough like a catalogue to be read deep inside. */
const price = fc.oneof(fc.double({ min: 0, max: 0.1, noNaN: true }), fc.constant(0), anyJson);
const litellmKey = fc.tuple(
  fc.constantFrom(
    ...Object.keys(LITELLM_KEYS),
    'some_cost_nobody_knows',
    'search_context_cost_per_query',
    'tiered_pricing',
  ),
  fc.constantFrom('', '_above_1hr', '_above_200k_tokens', '_batches', '_flex', '_above_272k_tokens_priority'),
);
const litellm = fc.dictionary(
  fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('azure/eu/m', 'bedrock/us-east-1/m', 'hd/8-x-8/m', 'm'),
  ),
  fc
    .tuple(
      fc.constantFrom('openai', 'azure', 'bedrock', 'vertex_ai-x', 'x'),
      fc.array(fc.tuple(litellmKey, price), { maxLength: 8 }),
      anyJson,
    )
    .map(([litellm_provider, prices, off_peak_pricing]) => ({
      litellm_provider,
      mode: 'chat',
      off_peak_pricing,
      ...Object.fromEntries(prices.map(([key, value]) => [key.join(''), value])),
    })),
  { maxKeys: 6 },
);
const genaiModel = fc.record({
  id: fc.string(),
  match: fc.oneof(anyJson, fc.record({ starts_with: fc.string() })),
  prices: fc.oneof(
    fc.dictionary(fc.constantFrom('input_mtok', 'output_mtok', 'nobody_knows_mtok'), price),
    fc.array(fc.record({ constraint: anyJson, prices: fc.record({ input_mtok: price }) })),
    fc.array(
      fc.record({
        constraint: fc.record({ start_date: fc.constantFrom('2025-01-01', '2026-01-01', 'x') }),
        prices: fc.record({ input_mtok: price }),
      }),
    ),
  ),
});
const genai = fc.array(fc.record({ id: fc.string(), models: fc.array(genaiModel) }));
const portkeyPrices = fc.dictionary(
  fc.constantFrom(...Object.keys(PORTKEY_KEYS), 'nobody_knows'),
  fc.record({ price }),
);
const portkey = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('m-lte-128k', 'm-gt-128k')),
  fc.record({
    pricing_config: fc.record({
      pay_as_you_go: portkeyPrices,
      additional_units: fc.dictionary(
        fc.constantFrom(...Object.keys(PORTKEY_UNIT_KEYS)),
        fc.record({ price }),
      ),
    }),
    custom_pricing: fc.record({
      context_tier_map: fc.dictionary(fc.constantFrom('0', '128000'), fc.constantFrom('a', 'b')),
      regions: fc.dictionary(
        fc.oneof(fc.string(), fc.constant('default')),
        fc.record({
          execution_modes: fc.dictionary(
            fc.oneof(fc.string(), fc.constantFrom('standard', 'batch')),
            fc.record({
              context_tiers: fc.dictionary(
                fc.constantFrom('a', 'b'),
                fc.record({ pricing_config: fc.record({ pay_as_you_go: portkeyPrices }) }),
              ),
            }),
          ),
        }),
      ),
    }),
  }),
);
const modelsDev = fc.dictionary(
  fc.string(),
  fc.record({
    models: fc.dictionary(
      fc.string(),
      fc.record({
        cost: fc.dictionary(fc.constantFrom('input', 'output', 'cache_read', 'tiers', 'nobody_knows'), price),
        experimental: fc.oneof(
          anyJson,
          fc.record({ modes: fc.dictionary(fc.string(), fc.record({ cost: fc.record({ input: price }) })) }),
        ),
      }),
    ),
  }),
);
const SHAPES: Readonly<Record<CatalogueFormat, fc.Arbitrary<unknown>>> = {
  'genai-prices': genai,
  litellm,
  portkey,
  'models-dev': modelsDev,
};

describe('importCatalogue', () => {
  it.each(CATALOGUE_FORMATS)('%s never throws, and what it gives is a price book', (format) => {
    fc.assert(
      fc.property(fc.oneof(anyJson, { arbitrary: SHAPES[format], weight: 4 }), (value) => {
        const result = importCatalogue(format, value, { checked: '2026-09-23', provider: 'openai' });
        if (!result.ok) {
          expect(result.errors.map(({ code }) => code)).not.toContain('result_invalid');
          return;
        }
        expect(parsePriceBook(JSON.stringify(result.data))).toMatchObject({ ok: true });
      }),
      { numRuns: 100 },
    );
  });
});
