import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cohereUsage } from './cohere-billed-units.ts';

test('what is billed goes before what was processed, however large the template is', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(1000), (input, output, template) => {
      const stated = {
        billed_units: { input_tokens: input, output_tokens: output },
        tokens: { input_tokens: input + template, output_tokens: output },
        cached_tokens: template,
      };
      expect(cohereUsage(stated)).toEqual({ usage: { input, output }, usageIncomplete: undefined });
    }),
  );
});

test('processed tokens alone are a bound', () => {
  expect(cohereUsage({ tokens: { input_tokens: 110, output_tokens: 25 } })).toEqual({
    usage: { input: 110, output: 25 },
    usageIncomplete: 'upper_bound',
  });
});

test.each([undefined, null, {}, [], 'usage', { billed_units: {} }, { billed_units: { input_tokens: -1 } }])(
  '%o states no usage',
  (stated) => {
    expect(cohereUsage(stated).usage).toBeUndefined();
  },
);

test('an embedding of images is billed by their tokens', () => {
  const stated = { billed_units: { images: 2, image_tokens: 2024, input_tokens: 0 } };
  expect(cohereUsage(stated).usage).toEqual({ input: 0, inputImage: 2024, images: 2 });
});
