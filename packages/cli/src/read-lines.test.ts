import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FileLine, readLines } from './read-lines.ts';

async function linesOf(chunks: readonly Uint8Array[], bytesMax = 1000): Promise<FileLine[]> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: FileLine[] = [];
  for await (const batch of readLines(stream(), bytesMax)) lines.push(...batch);
  return lines;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('counts blank lines, but leaves them out', async () => {
  expect(await linesOf([bytes('a\n\n \t\r\nb\r\n')])).toEqual([
    { number: 1, bytes: bytes('a') },
    { number: 4, bytes: bytes('b\r') },
  ]);
  expect(await linesOf([])).toEqual([]);
});

test('a line longer than allowed is not kept, the next one is', async () => {
  const long = bytes('x'.repeat(600));
  expect(await linesOf([long, long, bytes('\nb')])).toEqual([
    { number: 1, bytes: undefined },
    { number: 2, bytes: bytes('b') },
  ]);
});

test('lines do not depend on where chunks end', async () => {
  const chunk = fc
    .uint8Array({ maxLength: 40 })
    .map((array) => array.map((byte) => (byte % 4 === 0 ? 10 : byte)));
  await fc.assert(
    fc.asyncProperty(fc.array(chunk), async (chunks) => {
      const whole = Buffer.concat(chunks);
      const expected = whole
        .toString('latin1')
        .split('\n')
        .flatMap((line, index) => (/^[ \t\r]*$/.test(line) ? [] : [[index + 1, line]]));
      const lines = await linesOf(chunks);
      const found = lines.map(({ number, bytes: line }) => [
        number,
        Buffer.from(line ?? []).toString('latin1'),
      ]);
      expect(found).toEqual(expected);
    }),
  );
});
