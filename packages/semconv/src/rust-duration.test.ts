import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rustDurationNanos } from './rust-duration.ts';

test.each([
  ['1.23s', 1_230_000_000],
  ['45.6ms', 45_600_000],
  ['12.3\u00b5s', 12_300],
  ['12.3\u03bcs', 12_300],
  ['7ns', 7],
  ['0ns', 0],
  ['3s', 3_000_000_000],
  ['1.000000001s', 1_000_000_001],
  ['0.1s', 100_000_000],
  ['9007199.254740991s', Number.MAX_SAFE_INTEGER],
])('%s are %i nanoseconds', (text, nanos) => {
  expect(rustDurationNanos(text)).toBe(nanos);
});

test.each([
  '',
  's',
  '1',
  '1.s',
  '.5s',
  '-1s',
  '+1s',
  '1e3s',
  '1,5s',
  ' 1s',
  '1s ',
  '1s\n',
  '1 s',
  '1S',
  '1us',
  '1m',
  '1h',
  '1m30s',
  '1.5ns',
  '1.2345\u00b5s',
  '1.2345678ms',
  '1.2345678901s',
  '1.2.3s',
  '\u0661s',
  'NaNs',
  'Infinitys',
  '9007199.254740992s',
  '18446744073709551615.999999999s',
])('%j is none', (text) => {
  expect(rustDurationNanos(text)).toBeUndefined();
});

/** As `core::time::Duration` writes itself: the largest unit of which there is a whole one, and no zeros at the end. */
function rustText(nanos: number): string {
  const [unit, digits] =
    nanos >= 1e9 ? ['s', 9] : nanos >= 1e6 ? ['ms', 6] : nanos >= 1e3 ? ['\u00b5s', 3] : (['ns', 0] as const);
  const padded = String(nanos).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const fraction = padded.slice(padded.length - digits).replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}${unit}`;
}

const nanoseconds = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc
    .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 999 }))
    .map(([exponent, digits]) => Math.min(digits * 10 ** exponent, Number.MAX_SAFE_INTEGER)),
);

test('every duration that Rust writes is read exactly', () => {
  fc.assert(
    fc.property(nanoseconds, (nanos) => {
      expect(rustDurationNanos(rustText(nanos))).toBe(nanos);
    }),
    { numRuns: 2000 },
  );
});

const pieces = fc.constantFrom(
  '0',
  '1',
  '9',
  '.',
  '-',
  'e',
  's',
  'm',
  'n',
  '\u00b5',
  '\u03bc',
  'u',
  ' ',
  '\n',
  '\u0660',
);

test('any other text is none, and no number that is not a whole count', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        const nanos = rustDurationNanos(text);
        if (nanos === undefined) return;
        expect(Number.isSafeInteger(nanos) && nanos >= 0).toBe(true);
        expect(text).toMatch(/^\d+(\.\d+)?(s|ms|\u00b5s|\u03bcs|ns)$/u);
        const unit = { s: 1e9, ms: 1e6, ns: 1 }[text.replace(/^[\d.]+/, '')] ?? 1e3;
        expect(Math.abs(nanos - Number.parseFloat(text) * unit)).toBeLessThanOrEqual(1 + nanos * 1e-15);
      },
    ),
    { numRuns: 5000 },
  );
});
