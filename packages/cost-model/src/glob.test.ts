import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Glob } from './glob.ts';

/** Few letters, so that patterns and texts meet often. */
const pattern = fc
  .array(fc.constantFrom('a', 'b', '*', '**'), { maxLength: 6 })
  .map((parts) => parts.join(''));
const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((letters) => letters.join(''));

function fitsByRegExp(globPattern: string, candidate: string): boolean {
  const source = globPattern
    .split('*')
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
    .join('[^]*');
  return new RegExp(`^${source}$`).test(candidate);
}

/** Two patterns of at most 6 characters have a common text of at most 12, if they have any. */
const SHORT_TEXTS: readonly string[] = textsUpTo(12);

function textsUpTo(length: number): string[] {
  const all = [''];
  for (let from = 0, round = 0; round < length; round += 1) {
    const until = all.length;
    for (; from < until; from += 1) all.push(`${all[from] ?? ''}a`, `${all[from] ?? ''}b`);
  }
  return all;
}

test.each<[string, string, boolean]>([
  ['llama-70b', 'llama-70b', true],
  ['llama-70b', 'llama-70b-instruct', false],
  ['llama-*', 'llama-', true],
  ['llama-*', 'Llama-70b', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a*a', 'a', false],
  ['ab*ba', 'aba', false],
  ['*.svc.*', 'vllm.svc.cluster.local', true],
  ['a.c', 'abc', false],
  ['*b*', 'a\nb', true],
])('%s and %j: %s', (written, candidate, fits) => {
  expect(new Glob(written).fits(candidate)).toBe(fits);
});

test('fits what the regular expression of the same meaning fits', () => {
  fc.assert(
    fc.property(pattern, text, (written, candidate) => {
      expect(new Glob(written).fits(candidate)).toBe(fitsByRegExp(written, candidate));
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (written, candidate) => {
      expect(new Glob(written).fits(candidate)).toBe(fitsByRegExp(written, candidate));
    }),
  );
});

test('two patterns overlap when some text fits both', () => {
  const short = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(short, short, (left, right) => {
      const [one, other] = [new Glob(left), new Glob(right)];
      const common = SHORT_TEXTS.some((candidate) => one.fits(candidate) && other.fits(candidate));
      expect(one.overlaps(other)).toBe(common);
      expect(other.overlaps(one)).toBe(common);
    }),
    { numRuns: 1_000 },
  );
});

test('a long text that almost fits a pattern of many stars is looked through once', () => {
  const glob = new Glob(`${'*a'.repeat(100)}*b*c`);
  expect(glob.fits(`${'a'.repeat(1_000_000)}c`)).toBe(false);
});
