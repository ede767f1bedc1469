import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FaultPlan } from '../src/fault-plan.ts';
import { seededRandom } from '../src/seeded-random.ts';

const PROVIDERS = ['openai', 'gcp.gemini', 'aws.bedrock'] as const;

test('every provider refuses one of its first fifteen requests, and never a request that is sent again', () => {
  const requests = fc.array(fc.record({ provider: fc.constantFrom(...PROVIDERS), again: fc.boolean() }), {
    minLength: 60,
    maxLength: 120,
  });
  fc.assert(
    fc.property(requests, fc.string(), (sent, seed) => {
      const plan = new FaultPlan();
      const outcomes = sent.map(({ provider, again }, index) => ({
        provider,
        again,
        refused: plan.refuses(provider, again ? 1 : 0, seededRandom(`${seed} ${index}`)),
      }));
      expect(outcomes.some(({ again, refused }) => again && refused)).toBe(false);
      for (const provider of PROVIDERS) {
        const ofProvider = outcomes.filter((outcome) => outcome.provider === provider);
        const isDue = ofProvider.slice(14).some(({ again }) => !again);
        if (isDue) expect(ofProvider.some(({ refused }) => refused)).toBe(true);
      }
    }),
  );
});

test('one stream of a life is dropped, the fortieth at the latest, and none of a single piece', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 120 }),
      (seed, streams) => {
        const plan = new FaultPlan();
        const dropped = streams.filter((pieces, index) =>
          plan.drops(pieces, seededRandom(`${seed} ${index}`)),
        );
        expect(dropped.length).toBeLessThanOrEqual(1);
        expect(dropped.every((pieces) => pieces >= 2)).toBe(true);
        if (streams.slice(39).some((pieces) => pieces >= 2)) expect(dropped).toHaveLength(1);
      },
    ),
  );
});
