import { spawnSync } from 'node:child_process';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  fetchPriceBook,
  type FetchPriceBookOptions,
  type FetchPriceBookResult,
  generateSigningKey,
  signPriceBook,
} from '../src/index.ts';
import { bookText } from './price-book-fixture.ts';
import { HOST, OTHER_HOST, PriceServer } from './price-server.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const BOOK = bookText('2026-11-20');
const key = generateSigningKey();

let server: PriceServer;
beforeEach(async () => {
  server = await PriceServer.start();
  server.answer('/book.json', BOOK);
});
afterEach(() => server.close());

function fetchBook(options: Partial<FetchPriceBookOptions> = {}): Promise<FetchPriceBookResult> {
  return fetchPriceBook({
    url: server.url('/book.json'),
    allowedHosts: server.allowedHosts,
    network: server.network,
    now: () => NOW,
    timeoutMillis: 5000,
    ...options,
  });
}

async function refusal(options: Partial<FetchPriceBookOptions> = {}): Promise<string> {
  const result = await fetchBook(options);
  return result.ok ? 'ok' : result.error.code;
}

function signatureOf(text: string, privateKeyPem = key.privateKeyPem): string {
  const signed = signPriceBook(text, privateKeyPem);
  if (!signed.ok) throw new Error(signed.error.message);
  return signed.signature;
}

describe('what is taken', () => {
  test('an unsigned book, where no keys are configured', async () => {
    const result = await fetchBook();
    expect(result).toMatchObject({
      ok: true,
      text: BOOK,
      keyId: undefined,
      foundAt: server.url('/book.json'),
    });
    expect(server.requests).toEqual([`${HOST}/book.json`]);
    expect(server.resolved).toEqual([HOST]);
  });

  test('a signed book', async () => {
    server.answer('/book.json.sig', signatureOf(BOOK));
    const result = await fetchBook({ publicKeys: [generateSigningKey().publicKeyPem, key.publicKeyPem] });
    expect(result).toMatchObject({ ok: true, keyId: key.keyId, signature: signatureOf(BOOK) });
  });

  test('the signature of an address with a query', async () => {
    server.answer('/book.json?v=1', BOOK);
    server.answer('/book.json.sig?v=1', signatureOf(BOOK));
    const result = await fetchBook({
      url: server.url('/book.json?v=1'),
      publicKeys: [key.publicKeyPem],
    });
    expect(result).toMatchObject({ ok: true, foundAt: server.url('/book.json') });
  });

  test('a compressed book, as only gzip is asked for', async () => {
    server.answer('/book.json', (request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(BOOK));
    });
    expect(await fetchBook()).toMatchObject({ ok: true, text: BOOK });
  });

  test('a book behind redirects between allowed hosts', async () => {
    server.redirect('/latest', '/dated', 301);
    server.redirect('/dated', server.url('/book.json', OTHER_HOST), 307);
    const result = await fetchBook({ url: server.url('/latest'), redirectsMax: 2 });
    expect(result).toMatchObject({ ok: true, foundAt: server.url('/book.json', OTHER_HOST) });
    expect(server.resolved).toEqual([HOST, HOST, OTHER_HOST]);
  });

  test('the same version again, and a newer one', async () => {
    const { version, digest } = JSON.parse(BOOK) as { version: string; digest: string };
    expect(await refusal({ inForce: { version, digest } })).toBe('ok');
    expect(await refusal({ inForce: { version: '2026-11-19', digest: 'sha256:0' } })).toBe('ok');
  });

  test('an allowed host in other letters, with the port that https has anyway', async () => {
    const resolve = (): Promise<string[]> => Promise.resolve(['10.0.0.1']);
    const allowedHosts = ['Prices.Example.TEST:443'];
    expect(await refusal({ url: `https://${HOST}/`, allowedHosts, network: { resolve } })).toBe(
      'address_private',
    );
  });
});

describe('where nothing is asked', () => {
  afterEach(() => expect(server.requests).toEqual([]));

  test.each([
    ['url_malformed', 'prices.example.test/book.json'],
    ['not_https', `http://${HOST}/book.json`],
    ['not_https', 'file:///etc/passwd'],
    ['not_https', 'data:application/json,{}'],
    ['credentials_in_url', `https://user:canary@${HOST}/book.json`],
    ['host_not_allowed', 'https://elsewhere.example.test/book.json'],
    ['host_not_allowed', `https://${HOST}.evil.test/book.json`],
    ['host_not_allowed', `https://${HOST}./book.json`],
    ['host_not_allowed', `https://${HOST}:8443/book.json`],
    ['host_not_allowed', 'https://127.0.0.1/book.json'],
    ['host_not_allowed', 'https://https/book.json'],
  ])('%s: %s', async (code, url) => {
    const result = await fetchBook({ url, allowedHosts: [HOST, 'https://other.example.test', '*'] });
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  test.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://0.0.0.0/',
  ])('a literal address %s, even if it is listed', async (url) => {
    const allowedHosts = [new URL(url).host];
    const network = { resolve: () => Promise.reject(new Error('not asked')) };
    expect(await refusal({ url, allowedHosts, network })).toBe('address_private');
  });

  test.each([
    ['address_private', ['10.0.0.8']],
    ['address_private', ['127.0.0.1', '192.168.1.1']],
    ['address_private', ['127.0.0.1', 'fd00:ec2::254']],
    ['address_private', ['127.0.0.1', 'not an address']],
    ['host_not_found', []],
  ])('%s: a name that leads to %j', async (code, addresses) => {
    server.addresses.set(HOST, addresses);
    expect(await refusal()).toBe(code);
  });

  test('a name that nothing is known of', async () => {
    server.addresses.delete(HOST);
    expect(await refusal()).toBe('host_not_found');
  });

  test('the addresses of this machine, without any hook', async () => {
    const allowedHosts = [`localhost:${server.port}`];
    const url = server.url('/book.json', 'localhost');
    expect(await refusal({ url, allowedHosts, network: {} })).toBe('address_private');
  });

  test('a connection that something in the process leads elsewhere', async () => {
    server.addresses.set(HOST, ['93.184.215.14']);
    const elsewhere = { host: '127.0.0.1', lookup: undefined };
    vi.spyOn(Agent.prototype, 'createConnection').mockImplementation((options) =>
      connect({ ...options, ...elsewhere } as ConnectionOptions),
    );
    try {
      expect(await refusal()).toBe('address_private');
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('a name that is not resolved in time', async () => {
    const resolve = (): Promise<never> => new Promise(() => {});
    expect(await refusal({ network: { resolve }, timeoutMillis: 50 })).toBe('timed_out');
  });
});

describe('redirects', () => {
  test.each([
    ['not_https', () => `http://${HOST}/book.json`],
    ['not_https', () => 'file:///etc/passwd'],
    ['host_not_allowed', () => 'https://elsewhere.example.test/book.json'],
    ['host_not_allowed', () => `https://${HOST}:1/book.json`],
    ['credentials_in_url', () => server.url('/book.json').replace('//', '//user:canary@')],
    ['address_private', () => 'https://169.254.169.254/latest/meta-data/'],
    ['address_private', () => 'https://internal.example.test/book.json'],
    ['redirect_refused', () => ''],
    ['redirect_refused', () => 'https://['],
    ['redirect_refused', () => `/${'x'.repeat(3000)}`],
  ])('%s', async (code, location) => {
    server.addresses.set('internal.example.test', ['10.1.2.3']);
    server.redirect('/moved', location());
    const allowedHosts = [...server.allowedHosts, '169.254.169.254', 'internal.example.test'];
    expect(await refusal({ url: server.url('/moved'), allowedHosts })).toBe(code);
    expect(server.requests).toEqual([`${HOST}/moved`]);
  });

  test('a name is resolved and checked again for each, as its address may have changed', async () => {
    server.answer('/moved', (_request, response) => {
      server.addresses.set(HOST, ['10.0.0.1']);
      response.writeHead(302, { location: '/book.json' }).end();
    });
    expect(await refusal({ url: server.url('/moved') })).toBe('address_private');
    expect(server.requests).toEqual([`${HOST}/moved`]);
  });

  test('loops end', async () => {
    server.redirect('/a', '/b');
    server.redirect('/b', '/a');
    expect(await refusal({ url: server.url('/a') })).toBe('redirect_refused');
    expect(server.requests).toHaveLength(4);
  });

  test('none, where none is allowed', async () => {
    server.redirect('/a', '/book.json');
    expect(await refusal({ url: server.url('/a'), redirectsMax: 0 })).toBe('redirect_refused');
  });
});

describe('answers', () => {
  test.each([204, 304, 401, 404, 500, 503])('status_wrong: %i', async (status) => {
    server.answer('/book.json', (_request, response) => response.writeHead(status).end());
    expect(await refusal()).toBe('status_wrong');
  });

  test('a connection that is closed at once', async () => {
    server.answer('/book.json', (request) => request.socket.destroy());
    expect(await refusal()).toBe('connection_failed');
  });

  test('a switch of protocols', async () => {
    server.answer('/book.json', (request) =>
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
    expect(await refusal()).toBe('connection_failed');
  });

  test('a certificate that nobody vouches for, whatever the environment says', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { isAllowedAddress, resolve } = server.network;
      const result = await fetchBook({ network: { isAllowedAddress: isAllowedAddress!, resolve: resolve! } });
      expect(result).toMatchObject({ ok: false, error: { code: 'connection_failed' } });
      expect(server.requests).toEqual([]);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('a certificate of another host', async () => {
    server.addresses.set('third.example.test', ['127.0.0.1']);
    const host = `third.example.test:${server.port}`;
    expect(await refusal({ url: `https://${host}/book.json`, allowedHosts: [host] })).toBe(
      'connection_failed',
    );
  });

  test('too large by what it says', async () => {
    server.answer('/book.json', (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000000' });
      response.flushHeaders();
    });
    expect(await refusal()).toBe('too_large');
  });

  test('too large without saying so', async () => {
    let sent = 0;
    server.answer('/book.json', (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const send = (): void => {
        while (!response.destroyed && sent < 1e9) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', send);
            return;
          }
        }
      };
      send();
    });
    expect(await refusal({ bytesMax: 1_000_000 })).toBe('too_large');
    expect(sent).toBeLessThan(20_000_000);
  });

  test('a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(bomb.length).toBeLessThan(1_000_000);
    server.answer('/book.json', (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const before = process.memoryUsage().rss;
    expect(await refusal({ bytesMax: 1_000_000 })).toBe('too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('a slow body, a byte at a time', async () => {
    server.answer('/book.json', (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    const start = performance.now();
    expect(await refusal({ timeoutMillis: 300 })).toBe('timed_out');
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('no head at all, and one deadline for signature and book together', async () => {
    server.answer('/book.json', () => {});
    expect(await refusal({ timeoutMillis: 200 })).toBe('timed_out');
    server.answer('/book.json.sig', (_request, response) => {
      setTimeout(() => response.writeHead(200).end(signatureOf(BOOK)), 200);
    });
    server.answer('/book.json', (_request, response) => {
      setTimeout(() => response.writeHead(200).end(BOOK), 200);
    });
    const publicKeys = [key.publicKeyPem];
    expect(await refusal({ timeoutMillis: 300, publicKeys })).toBe('timed_out');
    expect(await refusal({ timeoutMillis: 5000, publicKeys })).toBe('ok');
  });

  test('stopped', async () => {
    const abort = new AbortController();
    server.answer('/book.json', () => abort.abort());
    expect(await refusal({ signal: abort.signal })).toBe('stopped');
    expect(await refusal({ signal: AbortSignal.abort() })).toBe('stopped');
  });

  test.each([
    ['encoding_unknown', 'br', BOOK],
    ['encoding_unknown', 'gzip, gzip', gzipSync(gzipSync(BOOK))],
    ['body_damaged', 'gzip', BOOK],
    ['body_damaged', 'gzip', gzipSync(BOOK).subarray(0, -20)],
    ['not_a_price_book', 'identity', BOOK.slice(0, -10)],
    ['not_a_price_book', 'identity', ''],
    ['not_a_price_book', 'identity', '<html>'],
    ['not_a_price_book', 'identity', `\u{feff}${BOOK}`],
    ['not_a_price_book', 'identity', Buffer.from('{"schema":"\xff"}', 'latin1')],
    ['not_a_price_book', 'identity', bookText('9999-99-99')],
    ['digest_wrong', 'identity', BOOK.replace('"decimal": "2"', '"decimal": "3"')],
  ])('%s, encoded as %s', async (code, encoding, body) => {
    server.answer('/book.json', (_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    expect(await refusal()).toBe(code);
  });

  test('bytes that are no UTF-8, where only their replacement fits the digest', async () => {
    const text = bookText('2026-11-20', '1', ['\u{fffd}']);
    server.answer('/book.json', text);
    expect(await refusal()).toBe('ok');
    const [before = '', after = ''] = text.split('\u{fffd}');
    server.answer('/book.json', Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)]));
    expect(await refusal()).toBe('not_a_price_book');
  });

  test('a body that ends before its length', async () => {
    server.answer('/book.json', (_request, response) => {
      response.writeHead(200, { 'content-length': BOOK.length + 1 });
      response.write(BOOK, () => response.destroy());
    });
    expect(await refusal()).toBe('body_damaged');
  });

  test.each([
    ['version_in_future', '2026-11-23', undefined],
    ['ok', '2026-11-22', undefined],
    ['older_than_current', '2026-11-20', { version: '2026-11-21', digest: 'sha256:0' }],
    ['older_than_current', '2026-11-20.2', { version: '2026-11-20.10', digest: 'sha256:0' }],
    ['older_than_current', '2026-11-20', { version: '2026-11-20.2', digest: 'sha256:0' }],
    ['same_version_other_digest', '2026-11-20', { version: '2026-11-20', digest: 'sha256:0' }],
  ])('%s: version %s', async (code, version, inForce) => {
    server.answer('/book.json', bookText(version));
    expect(await refusal({ inForce })).toBe(code);
  });
});

describe('signatures', () => {
  const publicKeys = [key.publicKeyPem];

  test.each([
    ['signature_missing', BOOK, undefined],
    ['signature_malformed', BOOK, '{}'],
    ['too_large', BOOK, 'x'.repeat(5000)],
    ['signature_wrong', BOOK, signatureOf(BOOK, generateSigningKey().privateKeyPem)],
    ['signature_wrong', BOOK, signatureOf(bookText('2026-11-19'))],
    ['signature_wrong', BOOK.replace('"decimal": "2"', '"decimal": "3"'), signatureOf(BOOK)],
    ['signature_wrong', `${BOOK} `, signatureOf(BOOK)],
    ['signature_wrong', BOOK.slice(0, -1), signatureOf(BOOK)],
  ])('%s', async (code, book, signature) => {
    server.answer('/book.json', book);
    if (signature !== undefined) server.answer('/book.json.sig', signature);
    expect(await refusal({ publicKeys })).toBe(code);
  });

  test('no key trusted means no book is', async () => {
    server.answer('/book.json.sig', signatureOf(BOOK));
    expect(await refusal({ publicKeys: [] })).toBe('signature_wrong');
  });

  test('its redirects are checked too', async () => {
    server.redirect('/book.json.sig', 'https://elsewhere.example.test/');
    expect(await refusal({ publicKeys })).toBe('host_not_allowed');
  });
});

test('no proxy of the environment stands between', () => {
  const script = `
    import { get } from 'node:https';
    import { fetchPriceBook } from './src/index.ts';
    import { PriceServer } from './test/price-server.ts';
    const server = await PriceServer.start();
    server.answer('/book.json', ${JSON.stringify(BOOK)});
    const { network, allowedHosts } = server;
    const url = server.url('/book.json');
    const fetched = await fetchPriceBook({ url, allowedHosts, network, now: () => ${NOW} });
    const proxied = await new Promise((resolve) => get(url).once('error', ({ port }) => resolve(port)));
    console.log(JSON.stringify({ ok: fetched.ok, proxied }));
    await server.close();`;
  const proxy = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:1', NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@costspan/source', '--input-type=module', '-e', script],
    { cwd: join(import.meta.dirname, '..'), env: { ...process.env, ...proxy }, encoding: 'utf8' },
  );
  // Others do go to the proxy, whose port nobody listens on.
  expect(stdout, stderr).toBe('{"ok":true,"proxied":1}\n');
});

test('secrets in a query are in no message', async () => {
  const result = await fetchBook({ url: server.url('/none?token=canary') });
  expect(result).toMatchObject({ ok: false, error: { code: 'status_wrong' } });
  expect(JSON.stringify(result)).not.toContain('canary');
});
