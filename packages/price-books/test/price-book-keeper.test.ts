import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  generateSigningKey,
  PriceBookKeeper,
  type PriceBookKeeperOptions,
  type PriceBookRefusal,
  signPriceBook,
} from '../src/index.ts';
import { bookText } from './price-book-fixture.ts';
import { PriceServer } from './price-server.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const key = generateSigningKey();

let server: PriceServer;
let directory: string;
let warnings: PriceBookRefusal[];
let updates: string[];
beforeEach(async () => {
  server = await PriceServer.start();
  directory = join(mkdtempSync(join(tmpdir(), 'price-books-')), 'books');
  warnings = [];
  updates = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

function open(options: Partial<PriceBookKeeperOptions> = {}): Promise<PriceBookKeeper> {
  return PriceBookKeeper.open({
    directory,
    url: server.url('/book.json'),
    allowedHosts: server.allowedHosts,
    network: server.network,
    now: () => NOW,
    timeoutMillis: 5000,
    onWarning: (warning) => warnings.push(warning),
    onUpdate: (book) => updates.push(book.data.version),
    ...options,
  });
}

function publish(text: string, privateKeyPem = key.privateKeyPem): void {
  server.answer('/book.json', text);
  const signed = signPriceBook(text, privateKeyPem);
  if (signed.ok) server.answer('/book.json.sig', signed.signature);
}

/** Publishes these versions one after the other and takes each. */
async function keep(...versions: readonly string[]): Promise<void> {
  const keeper = await open();
  for (const version of versions) {
    publish(bookText(version));
    expect(await keeper.update()).toMatchObject({ ok: true, outcome: 'updated' });
  }
}

async function reopened(options: Partial<PriceBookKeeperOptions> = {}): Promise<string | undefined> {
  warnings = [];
  return (await open(options)).inForce?.data.version;
}

function pathOf(version: string): string {
  return join(directory, `${sha256(bookText(version))}.json`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('update', () => {
  test('takes a newer book, keeps it under its content and says so', async () => {
    const keeper = await open();
    expect(keeper.inForce).toBeUndefined();
    const text = bookText('2026-11-20');
    publish(text);
    const result = await keeper.update();
    expect(result).toMatchObject({ ok: true, outcome: 'updated' });
    expect(keeper.inForce).toMatchObject({
      data: { version: '2026-11-20' },
      contentAddress: `sha256:${sha256(text)}`,
      keyId: undefined,
      foundAt: server.url('/book.json'),
      fetchedAt: '2026-11-21T12:00:00.000Z',
    });
    expect(updates).toEqual(['2026-11-20']);
    expect(readdirSync(directory).toSorted()).toEqual(
      [`${sha256(text)}.json`, `${sha256(text)}.metadata.json`, 'current'].toSorted(),
    );
    expect(readFileSync(pathOf('2026-11-20'), 'utf8')).toBe(text);
    expect(readFileSync(join(directory, 'current'), 'utf8')).toBe(`${sha256(text)}\n`);
    expect((await open()).inForce).toEqual(keeper.inForce);
    expect(warnings).toEqual([]);
  });

  test('leaves alone what is in force already', async () => {
    await keep('2026-11-20');
    const keeper = await open();
    const before = keeper.inForce;
    expect(await keeper.update()).toEqual({ ok: true, outcome: 'unchanged', book: before });
    expect(updates).toEqual(['2026-11-20']);
    const { version, digest } = before!.data;
    rmSync(directory, { recursive: true });
    const builtin = await open({ builtin: { version, digest } });
    expect(await builtin.update()).toEqual({ ok: true, outcome: 'unchanged', book: undefined });
  });

  test.each([
    ['older_than_current', bookText('2026-11-18')],
    ['same_version_other_digest', bookText('2026-11-19', '0.5')],
    ['version_in_future', bookText('2027-01-01')],
    ['digest_wrong', bookText('2026-11-20').replace('"2"', '"3"')],
    ['not_a_price_book', bookText('2026-11-20').slice(0, -10)],
    ['not_a_price_book', ''],
  ])('%s: the last good book stays in force', async (code, text) => {
    await keep('2026-11-19');
    const keeper = await open();
    const files = readdirSync(directory);
    server.answer('/book.json', text);
    expect(await keeper.update()).toMatchObject({ ok: false, error: { code } });
    expect(keeper.inForce?.data.version).toBe('2026-11-19');
    expect(readdirSync(directory)).toEqual(files);
    expect(await reopened()).toBe('2026-11-19');
  });

  test('a book older than the built-in one is refused', async () => {
    publish(bookText('2026-11-20'));
    const keeper = await open({ builtin: { version: '2026-11-21', digest: 'sha256:0' } });
    expect(await keeper.update()).toMatchObject({ ok: false, error: { code: 'older_than_current' } });
  });

  test('calls at one time share one fetch', async () => {
    publish(bookText('2026-11-20'));
    const keeper = await open();
    const [first, second] = await Promise.all([keeper.update(), keeper.update()]);
    expect(first).toBe(second);
    expect(server.requests).toHaveLength(1);
    await keeper.update();
    expect(server.requests).toHaveLength(2);
  });

  test('callbacks that throw do no harm', async () => {
    publish(bookText('2026-11-20'));
    const failing = (): never => {
      throw new Error('host');
    };
    const keeper = await open({ onUpdate: failing });
    expect(await keeper.update()).toMatchObject({ ok: true });
    expect(warnings).toMatchObject([{ code: 'callback_failed' }]);
    const silent = await open({ onUpdate: failing, onWarning: failing });
    publish(bookText('2026-11-21'));
    expect(await silent.update()).toMatchObject({ ok: true });
    expect(silent.inForce?.data.version).toBe('2026-11-21');
  });

  test('a directory that cannot be written is a warning, the new book is in force, and is kept later', async () => {
    writeFileSync(directory, 'a file in its place');
    const keeper = await open();
    expect(warnings).toMatchObject([{ code: 'directory_unusable' }]);
    publish(bookText('2026-11-20'));
    expect(await keeper.update()).toMatchObject({ ok: true, outcome: 'updated' });
    expect(warnings).toHaveLength(2);
    expect(keeper.inForce?.data.version).toBe('2026-11-20');
    rmSync(directory);
    expect(await keeper.update()).toMatchObject({ ok: true, outcome: 'unchanged' });
    expect(await reopened()).toBe('2026-11-20');
  });
});

describe('signatures', () => {
  const publicKeys = [key.publicKeyPem];

  test('are kept and checked again at the start', async () => {
    const keeper = await open({ publicKeys });
    publish(bookText('2026-11-20'));
    expect(await keeper.update()).toMatchObject({ ok: true, book: { keyId: key.keyId } });
    expect(await reopened({ publicKeys })).toBe('2026-11-20');
    expect(await reopened({ publicKeys: [generateSigningKey().publicKeyPem] })).toBeUndefined();
    expect(warnings).toMatchObject([{ code: 'kept_book_damaged' }]);
    rmSync(`${pathOf('2026-11-20')}.sig`);
    expect(await reopened({ publicKeys })).toBeUndefined();
    expect(warnings).toMatchObject([{ code: 'kept_book_damaged' }]);
  });

  test('a book that was kept unsigned is not used once keys are configured', async () => {
    await keep('2026-11-20');
    expect(await reopened({ publicKeys })).toBeUndefined();
  });

  test('of a new key are kept for the same book', async () => {
    const next = generateSigningKey();
    const text = bookText('2026-11-20');
    const both = [key.publicKeyPem, next.publicKeyPem];
    const keeper = await open({ publicKeys: both });
    publish(text);
    await keeper.update();
    publish(text, next.privateKeyPem);
    expect(await keeper.update()).toMatchObject({ outcome: 'unchanged', book: { keyId: next.keyId } });
    expect(updates).toEqual(['2026-11-20']);
    expect(await reopened({ publicKeys: [next.publicKeyPem] })).toBe('2026-11-20');
  });

  test('a wrong one changes nothing', async () => {
    const keeper = await open({ publicKeys });
    publish(bookText('2026-11-19'));
    await keeper.update();
    publish(bookText('2026-11-20'), generateSigningKey().privateKeyPem);
    expect(await keeper.update()).toMatchObject({ ok: false, error: { code: 'signature_wrong' } });
    expect(keeper.inForce?.data.version).toBe('2026-11-19');
  });
});

describe('the start', () => {
  test('takes the newest good book and names the damaged ones', async () => {
    await keep('2026-11-18', '2026-11-19', '2026-11-20');
    const newest = pathOf('2026-11-20');
    const text = readFileSync(newest, 'utf8');
    for (const damage of [
      text.replace('"2"', '"3"'),
      text.slice(0, -5),
      `${text} `,
      '',
      bookText('2026-11-21'),
    ]) {
      writeFileSync(newest, damage);
      expect(await reopened()).toBe('2026-11-19');
      expect(warnings).toMatchObject([{ code: 'kept_book_damaged' }]);
      expect(warnings[0]?.message).toContain(newest);
    }
    writeFileSync(newest, text);
    expect(await reopened()).toBe('2026-11-20');
    expect(warnings).toEqual([]);
  });

  test('a damaged book is mended by the next update', async () => {
    await keep('2026-11-20');
    writeFileSync(pathOf('2026-11-20'), 'damaged');
    const keeper = await open();
    expect(await keeper.update()).toMatchObject({ outcome: 'updated' });
    expect(await reopened()).toBe('2026-11-20');
    expect(warnings).toEqual([]);
  });

  test.each([
    ['the pointer is missing', () => rmSync(join(directory, 'current'))],
    ['the pointer is damaged', () => writeFileSync(join(directory, 'current'), '../../etc/passwd')],
    [
      'the pointer leads to an older one',
      () => writeFileSync(join(directory, 'current'), sha256(bookText('2026-11-19'))),
    ],
    [
      'metadata are damaged',
      () => writeFileSync(pathOf('2026-11-20').replace('.json', '.metadata.json'), '['),
    ],
    [
      'metadata of the older are missing',
      () => rmSync(pathOf('2026-11-19').replace('.json', '.metadata.json')),
    ],
    [
      'metadata lie',
      () => writeFileSync(pathOf('2026-11-20').replace('.json', '.metadata.json'), '{"version":"1"}'),
    ],
    ['other files are there', () => writeFileSync(join(directory, 'README'), 'x')],
    ['a folder has the name of a book', () => mkdirSync(join(directory, `${'0'.repeat(64)}.json`))],
    [
      'a link has the name of a book',
      () => symlinkSync('/dev/zero', join(directory, `${'0'.repeat(64)}.json`)),
    ],
  ])('%s', async (_, damage) => {
    await keep('2026-11-19', '2026-11-20');
    damage();
    expect(await reopened()).toBe('2026-11-20');
  });

  test('a kept book is of no use once the built-in one is newer', async () => {
    await keep('2026-11-19');
    const builtin = { version: '2026-11-20', digest: 'sha256:0' };
    expect(await reopened({ builtin })).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(await reopened({ builtin: { ...builtin, version: '2026-11-19' } })).toBeUndefined();
    expect(warnings).toMatchObject([{ code: 'same_version_other_digest' }]);
  });

  test('a machine that has lost the time uses what it has', async () => {
    await keep('2026-11-20');
    expect(await reopened({ now: () => 0 })).toBe('2026-11-20');
  });

  test('whatever bytes the files hold, nothing throws', async () => {
    await keep('2026-11-19', '2026-11-20');
    const damaged = [
      'current',
      ...readdirSync(directory).filter((file) => file.includes(sha256(bookText('2026-11-20')))),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...damaged),
        fc.uint8Array({ maxLength: 300 }),
        async (file, bytes) => {
          const before = readFileSync(join(directory, file));
          writeFileSync(join(directory, file), bytes);
          expect(['2026-11-19', '2026-11-20']).toContain(await reopened());
          writeFileSync(join(directory, file), before);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what is kept', () => {
  test('has a maximum, and the newest are in it', async () => {
    const versions = ['2026-11-15', '2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19'];
    const keeper = await open({ keptMax: 3 });
    for (const version of versions) {
      publish(bookText(version));
      await keeper.update();
    }
    const books = readdirSync(directory).filter((file) => /^[0-9a-f]{64}\.json$/.test(file));
    expect(books.toSorted()).toEqual(
      versions
        .slice(2)
        .map((version) => `${sha256(bookText(version))}.json`)
        .toSorted(),
    );
    expect(readdirSync(directory)).toHaveLength(3 * 2 + 1);
  });

  test('leaves no half-written files behind, and others in peace', async () => {
    await keep('2026-11-19');
    const old = [
      '0123456789abcdef01234567.tmp',
      `${'a'.repeat(64)}.metadata.json`,
      `${'b'.repeat(64)}.json.sig`,
    ];
    const young = ['fedcba9876543210fedcba98.tmp'];
    const foreign = ['notes.txt', 'x.tmp', 'price-book.json'];
    for (const file of [...old, ...young, ...foreign]) writeFileSync(join(directory, file), '');
    for (const file of [...old, ...foreign]) utimesSync(join(directory, file), 1, 1);
    await keep('2026-11-20');
    const files = readdirSync(directory);
    expect(files).toEqual(expect.arrayContaining([...young, ...foreign]));
    for (const file of old) expect(files).not.toContain(file);
  });

  test.each([1, 2, 3, 4])('survives death at renaming %i', async (deathAt) => {
    await keep('2026-11-19');
    const script = join(import.meta.dirname, 'keeping-process.ts');
    const run = (at: number): ReturnType<typeof spawnSync> =>
      spawnSync(
        process.execPath,
        ['--conditions=@costspan/source', script, directory, bookText('2026-11-20'), String(at)],
        { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
      );
    const died = run(deathAt);
    // Metadata, book, pointer: the fourth renaming never comes.
    expect(died.signal, String(died.stderr)).toBe(deathAt === 4 ? null : 'SIGKILL');
    const expected = deathAt <= 2 ? '2026-11-19' : '2026-11-20';
    expect(await reopened()).toBe(expected);
    expect(warnings).toEqual([]);
    expect(run(0)).toMatchObject({ status: 0 });
    expect(await reopened()).toBe('2026-11-20');
    expect(readFileSync(join(directory, 'current'), 'utf8').trim()).toBe(sha256(bookText('2026-11-20')));
  });
});

describe('the timer', () => {
  const HOUR = 3_600_000;

  function timedKeeper(): Promise<PriceBookKeeper> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return open({ random: () => 0.5 });
  }

  async function requestsAfter(millis: number, expected: number): Promise<void> {
    vi.advanceTimersByTime(millis);
    await vi.waitFor(() => expect(server.requests).toHaveLength(expected), { timeout: 5000 });
  }

  test('updates soon, then at the interval, and goes on after a failure', async () => {
    const keeper = await timedKeeper();
    keeper.start(HOUR);
    await requestsAfter(29_999, 0);
    await requestsAfter(1, 1);
    await vi.waitFor(() => expect(warnings).toMatchObject([{ code: 'status_wrong' }]));
    publish(bookText('2026-11-20'));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await requestsAfter(HOUR - 1, 1);
    await requestsAfter(1, 2);
    await vi.waitFor(() => expect(updates).toEqual(['2026-11-20']));
    await keeper.stop();
    vi.advanceTimersByTime(10 * HOUR);
    expect(server.requests).toHaveLength(2);
  });

  test('a stopped keeper ends the update under way and starts no other', async () => {
    const keeper = await timedKeeper();
    let asked = false;
    server.answer('/book.json', () => {
      asked = true;
    });
    keeper.start(HOUR);
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() => expect(asked).toBe(true));
    await keeper.stop();
    expect(warnings).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    publish(bookText('2026-11-20'));
    expect(await keeper.update()).toMatchObject({ ok: true });
  });

  test.each([0, 1, -1, Number.POSITIVE_INFINITY])(
    'an interval of %d is brought into bounds',
    async (every) => {
      const keeper = await timedKeeper();
      const set = vi.spyOn(globalThis, 'setTimeout');
      keeper.start(every);
      vi.advanceTimersByTime(30_000);
      await vi.waitFor(() => expect(set.mock.calls.length).toBeGreaterThan(1));
      for (const [, millis] of set.mock.calls) {
        expect(millis).toBeGreaterThanOrEqual(30_000);
        expect(millis).toBeLessThan(2 ** 31);
      }
      await keeper.stop();
    },
  );

  test('keeps no process alive', async () => {
    const script = `
      const { PriceBookKeeper } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      const keeper = await PriceBookKeeper.open({
        directory: ${JSON.stringify(directory)}, url: 'https://prices.example.test/', allowedHosts: [],
      });
      keeper.start(${HOUR});`;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@costspan/source', '--input-type=module', '-e', script],
      { encoding: 'utf8', timeout: 20_000, env: { ...process.env, NODE_OPTIONS: '' } },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(existsSync(directory)).toBe(true);
  });
});

test('a directory that may not be read is a warning', async () => {
  mkdirSync(directory);
  chmodSync(directory, 0);
  try {
    await open();
    // Root reads everything.
    expect(warnings.map(({ code }) => code)).toEqual(process.getuid?.() === 0 ? [] : ['directory_unusable']);
  } finally {
    chmodSync(directory, 0o700);
  }
});
