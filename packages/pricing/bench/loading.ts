import { execFileSync } from 'node:child_process';

/** Medians over fresh processes. */
export interface Loading {
  /** Parsing the packed book and indexing its names. */
  readonly bookMillis: number;
  /** Importing the package, book included, up to the first price book. */
  readonly importMillis: number;
  readonly heapMegabytes: number;
  readonly peerImportMillis: number;
  readonly peerHeapMegabytes: number;
}

const PROCESSES = 9;

/** As published: reading types off the source would be most of the time. */
const OWN = new URL('../dist/index.js', import.meta.url).href;
const PACKED = new URL('../dist/data/packed-price-book.json', import.meta.url).href;
const BOOK = new URL('../dist/price-book.js', import.meta.url).href;
const PEER = import.meta.resolve('@pydantic/genai-prices');

const LOAD_BOOK = `
  const { readFileSync } = await import('node:fs');
  const { PriceBook } = await import('${BOOK}');
  const text = readFileSync(new URL('${PACKED}'), 'utf8');
  const started = performance.now();
  const book = PriceBook.fromPacked(JSON.parse(text));
  const millis = performance.now() - started;
  if (book.find('openai', 'gpt-5', Date.now()) === undefined) throw new Error('the book is empty');
  console.log(JSON.stringify([millis, 0]));`;

const IMPORT_OWN = importOf(OWN, 'loaded.builtinPriceBook()');
const IMPORT_PEER = importOf(PEER, 'loaded.calcPrice');

function importOf(url: string, use: string): string {
  return `
    gc();
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    const loaded = await import('${url}');
    globalThis.kept = ${use};
    const millis = performance.now() - started;
    gc();
    console.log(JSON.stringify([millis, (process.memoryUsage().heapUsed - before) / 1e6]));`;
}

/** Starts processes in turn, so that drift of the machine hits each kind alike. */
export function measureLoading(): Loading {
  const runs = Array.from({ length: PROCESSES }, () => [LOAD_BOOK, IMPORT_OWN, IMPORT_PEER].map(run));
  const medianOf = (kind: number, figure: number): number => {
    const values = runs.map((each) => each[kind]?.[figure] ?? Number.NaN).toSorted((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? Number.NaN;
  };
  return {
    bookMillis: medianOf(0, 0),
    importMillis: medianOf(1, 0),
    heapMegabytes: medianOf(1, 1),
    peerImportMillis: medianOf(2, 0),
    peerHeapMegabytes: medianOf(2, 1),
  };
}

function run(script: string): readonly number[] {
  const flags = ['--expose-gc', '--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as number[];
}
