import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** Keeps a book in the directory and dies, as a machine that loses power does, at the nth renaming of a file. */
const [directory = '', text = '', deathAt = ''] = process.argv.slice(2);
const rename = promises.rename.bind(promises);
let renamings = 0;
promises.rename = (from, to) => {
  renamings += 1;
  if (renamings === Number(deathAt)) process.kill(process.pid, 'SIGKILL');
  return rename(from, to);
};
syncBuiltinESMExports();

const { checkPriceBook } = await import('../src/index.ts');
const { KeptPriceBooks } = await import('../src/kept-price-books.ts');
const kept = new KeptPriceBooks({ directory, publicKeys: undefined, bytesMax: 1_000_000, keptMax: 10 });
const book = checkPriceBook(text);
if (!book.ok) throw new Error(book.error.message);
await kept.keep(book, { foundAt: 'test', fetchedAt: '2026-11-21T12:00:00Z' });
console.log('kept');
