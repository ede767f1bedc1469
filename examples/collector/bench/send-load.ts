/**
 * Sends traces as fast as they are taken: `send-load.ts URL SHARE SECONDS CONNECTIONS FIRST`. A request that is answered 503 is
 * sent again after the time that the answer asks for. Prints what was taken as one line of JSON.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SPANS_PER_REQUEST, TraceTemplate } from './trace-template.ts';

const [, , url = '', share = '1', seconds = '5', connections = '8', first = '1'] = process.argv;
const template = new TraceTemplate(Number(share));
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const target = new URL('/v1/traces', url);
const latenciesMillis: number[] = [];
let next = BigInt(first);
let taken = 0;
let askedToWait = 0;
let failed = 0;

function send(body: Buffer): Promise<{ status: number; retryAfterSeconds: number }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const sent = request(target, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfterSeconds: Number(response.headers['retry-after'] ?? 0),
        }),
      );
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const start = performance.now();
const end = start + Number(seconds) * 1000;

async function sendUntilEnd(): Promise<void> {
  while (performance.now() < end) {
    const body = template.request(next++);
    for (let isTaken = false; !isTaken;) {
      const sentAt = performance.now();
      const { status, retryAfterSeconds } = await send(body).catch(() => ({
        status: 0,
        retryAfterSeconds: 1,
      }));
      if (status === 200) {
        isTaken = true;
        taken += 1;
        latenciesMillis.push(performance.now() - sentAt);
      } else if (status === 503 || status === 429) {
        askedToWait += 1;
        if (performance.now() > end) break;
        await sleep(retryAfterSeconds * 1000);
      } else {
        failed += 1;
        break;
      }
    }
  }
}

await Promise.all(Array.from({ length: Number(connections) }, sendUntilEnd));
agent.destroy();
latenciesMillis.sort((a, b) => a - b);
const rank = (share: number): number =>
  latenciesMillis[Math.floor(latenciesMillis.length * share)] ?? Number.NaN;
console.log(
  JSON.stringify({
    spans: taken * SPANS_PER_REQUEST,
    seconds: (performance.now() - start) / 1000,
    askedToWait,
    failed,
    p50Millis: rank(0.5),
    p99Millis: rank(0.99),
    bytesPerSpan: Math.round(template.bytes.length / SPANS_PER_REQUEST),
    next: String(next),
  }),
);
