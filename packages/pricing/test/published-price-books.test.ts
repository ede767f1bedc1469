import { expect, test } from 'vitest';
import {
  builtinPriceBookData,
  digestOf,
  parsePriceBook,
  PriceBook,
  PUBLISHED_VERSIONS,
  publishedPriceBookData,
} from '../src/index.ts';
import { chatCall } from './price-book-fixture.ts';

/** A version that was published never changes: what it names must give the same price for ever. */
const DIGESTS: Readonly<Record<string, string>> = {
  '2026-09-23': 'sha256:e4126041804658a6a2236ba62780de9b21e077f80014114bc09af323a688122c',
};

/** The book of this release: once it is out, another price needs another version. */
const BUILTIN_DIGEST = 'sha256:389133c988ec79053d4075f42ca7702d6b31bd58fe4d312cb4279c63654cf384';

test('every published version is pinned, and so is the one that is built in', () => {
  expect(PUBLISHED_VERSIONS).toEqual(Object.keys(DIGESTS));
  expect(PUBLISHED_VERSIONS).not.toContain(builtinPriceBookData.version);
  expect(builtinPriceBookData.digest).toBe(BUILTIN_DIGEST);
});

test.each(PUBLISHED_VERSIONS)('%s is what it was', async (version) => {
  const data = await publishedPriceBookData(version);
  expect(data).toMatchObject({ version, digest: DIGESTS[version] });
  expect(digestOf(data!)).toBe(DIGESTS[version]);
  expect(parsePriceBook(data)).toMatchObject({ ok: true });
});

test('a call is priced as it was then', async () => {
  const book = PriceBook.fromChecked((await publishedPriceBookData('2026-09-23'))!);
  const call = chatCall({
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    usage: { input: 176, cacheRead: 1024, output: 350 },
  });
  expect(book.price(call, Date.parse('2026-10-01'))).toMatchObject({ totalPico: 769_600_000 });
});

test('there is no other version', async () => {
  expect(await publishedPriceBookData('2020-01-01')).toBeUndefined();
  expect(await publishedPriceBookData('constructor')).toBeUndefined();
});
