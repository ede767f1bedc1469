import { GpuPoolMatcher } from '@costspan/allocation';
import { parseConfig } from '@costspan/config';
import type { ModelCall } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const KEYS = ['server.address', 'gen_ai.response.model', 'gen_ai.request.model', 'zone'];

const text = fc.constantFrom('x', 'y', 'xy', 'x:1', 'x:2', 'y:1');
const pattern = fc.oneof(text, fc.constantFrom('x*', '*y', '*:1', '*', 'x*1'));
const match = fc.dictionary(fc.constantFrom(...KEYS), fc.array(pattern, { minLength: 1, maxLength: 2 }), {
  minKeys: 1,
  maxKeys: 3,
});
const attributes = fc.dictionary(
  fc.constantFrom(...KEYS, 'server.port'),
  fc.oneof(text, fc.constantFrom(1, 2)),
);
const call: fc.Arbitrary<ModelCall> = fc
  .record({
    requestModel: fc.option(text, { nil: undefined }),
    responseModel: fc.option(text, { nil: undefined }),
    serverAddress: fc.option(text, { nil: undefined }),
  })
  .map((fields) => ({
    dialect: 'test',
    provider: undefined,
    operation: 'chat',
    usage: undefined,
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    errorType: undefined,
    ...fields,
  }));

test('no call fits two pools of a configuration that is accepted', () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(match, { minLength: 2, maxLength: 3 }),
      call,
      attributes,
      attributes,
      (matches, ...of) => {
        const pools = matches.map((rules, index) => ({
          name: `p${index}`,
          match: rules,
          rates: [{ from: '2026-01-01', per_hour: '4' }],
        }));
        // JSON is YAML.
        const result = parseConfig(JSON.stringify({ pools }), { sourceName: 'costspan.yaml', env: {} });
        if (!result.ok) return;
        accepted += 1;
        const [made, own, resource] = of;
        const span = {
          attribute: (key: string): unknown => own[key],
          resourceAttribute: (key: string): unknown => resource[key],
        };
        const fitting = result.config.pools.filter(
          (pool) => new GpuPoolMatcher([pool]).match(made, span) === pool,
        );
        expect(fitting.length).toBeLessThanOrEqual(1);
        expect(new GpuPoolMatcher(result.config.pools).match(made, span)).toBe(fitting[0]);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(20);
});
