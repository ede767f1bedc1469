/**
 * Makes one request of every kind to loopback servers, and prints what the transports heard of them as one line of
 * JSON. It is run under each supported version of Node, so it needs nothing but Node and this package's sources.
 */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import { text as readText } from 'node:stream/consumers';
import { listenToTransports } from '../src/transports/listen-to-transports.ts';
import {
  answerBody,
  answerPath,
  type AnswerPlan,
  loopbackCertificate,
  type LoopbackServer,
  startLoopbackServer,
} from './loopback-server.ts';
import { recordTaps } from './recorded-taps.ts';

/** How one kind of request was heard. `undefined` stands for what the transport does not see. */
export interface TransportCheck {
  /** Taps per request; 1 is right, 0 is unheard. */
  readonly tapsPerRequest: number;
  readonly httpVersion: string | undefined;
  /** Every event of every tap, without repetition. */
  readonly events: readonly string[];
  readonly isEveryByteHeard: boolean;
  readonly isEveryCallerRight: boolean;
  readonly isEveryRequestBodyHeard: boolean;
}

export interface TransportsReport {
  readonly node: string;
  readonly undici: string | undefined;
  readonly failures: readonly string[];
  readonly checks: Readonly<Record<string, TransportCheck>>;
}

const recorder = recordTaps();
const stop = listenToTransports(recorder.start, recorder.onFailure);
const servers = {
  http: await startLoopbackServer('http'),
  https: await startLoopbackServer('https'),
  h2: await startLoopbackServer('h2'),
  h2c: await startLoopbackServer('h2c'),
};
const checks: Record<string, TransportCheck> = {};

type Ask = (url: string, body: string) => Promise<string>;

/** Two requests one after the other and eight at once, each by a caller of its own, so that connections are reused. */
async function check(name: string, server: LoopbackServer, ask: Ask): Promise<void> {
  const before = recorder.taps.length;
  const plans = Array.from({ length: 10 }, (_, index): AnswerPlan => ({
    id: `${name} ${index}`,
    chunks: 6,
    chunkBytes: 700,
    gapMillis: 1,
  }));
  const one = async (plan: AnswerPlan): Promise<void> => {
    const text = await recorder.asCaller(plan.id, () => ask(`${server.origin}${answerPath(plan)}`, plan.id));
    if (text !== answerBody(plan).toString()) throw new Error(`${name}: the application got other bytes`);
  };
  await one(plans[0]!);
  await one(plans[1]!);
  await Promise.all(plans.slice(2).map(one));
  await recorder.settled();
  const taps = recorder.taps.slice(before);
  checks[name] = {
    tapsPerRequest: taps.length / plans.length,
    httpVersion: server.httpVersions.get(plans[0]!.id),
    events: [...new Set(taps.flatMap(({ events }) => events))],
    isEveryByteHeard: taps.every((tap) => tap.received().equals(answerBody(planOf(tap.path)))),
    isEveryCallerRight: taps.every((tap) => planOf(tap.path).id === tap.caller),
    isEveryRequestBodyHeard: taps.every((tap) => tap.sent() === planOf(tap.path).id),
  };
}

function planOf(path: string): AnswerPlan {
  const query = new URLSearchParams(path.slice(path.indexOf('?')));
  return {
    id: query.get('id') ?? '',
    chunks: Number(query.get('chunks')),
    chunkBytes: Number(query.get('chunkBytes')),
  };
}

async function checkAbort(): Promise<void> {
  const before = recorder.taps.length;
  const controller = new AbortController();
  const plan: AnswerPlan = { id: 'aborted', chunks: 4, stallAfter: 2 };
  const response = await fetch(`${servers.http.origin}${answerPath(plan)}`, {
    method: 'POST',
    body: 'aborted',
    signal: controller.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  controller.abort();
  await reader.read().catch(() => undefined);
  const [tap] = recorder.taps.slice(before);
  checks['fetch, aborted'] = {
    tapsPerRequest: recorder.taps.length - before,
    httpVersion: '1.1',
    events: tap?.events ?? [],
    isEveryByteHeard: (tap?.chunks ?? 0) > 0,
    isEveryCallerRight: true,
    isEveryRequestBodyHeard: tap?.sent() === 'aborted',
  };
}

const viaFetch: Ask = async (url, body) => (await fetch(url, { method: 'POST', body })).text();

function viaHttp(request: typeof httpRequest, options: object = {}): Ask {
  return (url, body) =>
    new Promise((resolve, reject) => {
      request(url, { method: 'POST', ...options }, (response) => resolve(readText(response)))
        .once('error', reject)
        .end(body);
    });
}

await check('fetch', servers.http, viaFetch);
await check('fetch over TLS', servers.h2, viaFetch);
await checkAbort();
await check('http', servers.http, viaHttp(httpRequest));
await check('https', servers.https, viaHttp(httpsRequest as typeof httpRequest, { ca: loopbackCertificate }));

const session = connect(servers.h2c.origin);
await check('http2', servers.h2c, (url, body) => {
  const { pathname, search } = new URL(url);
  const stream = session.request({ ':method': 'POST', ':path': `${pathname}${search}` });
  stream.end(body);
  return readText(stream);
});
session.destroy();

// Last, because loading them can put them behind `fetch`.
const require = createRequire(import.meta.url);
for (const name of ['undici-6', 'undici-7', 'undici']) {
  const manifest = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  if (major < neededMajor || (major === neededMajor && minor < neededMinor)) continue;
  const undici = require(name) as typeof import('undici');
  const agent = new undici.Agent({ connect: { ca: loopbackCertificate } });
  const viaRequest: Ask = async (url, body) =>
    (await undici.request(url, { method: 'POST', body, dispatcher: agent })).body.text();
  await check(name, servers.http, viaRequest);
  await check(`${name} over TLS`, servers.h2, viaRequest);
  await check(`fetch beside ${name}`, servers.http, viaFetch);
  await agent.destroy();
}

stop();
const report: TransportsReport = {
  node: process.version,
  undici: process.versions['undici'],
  failures: recorder.failures,
  checks,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
