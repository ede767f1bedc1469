/**
 * A steady load, as a service sends it all day: model calls at a given rate, gzip, each answered when its record is on disk and a
 * backend has its span. `steady-load.ts [SPANS_PER_SECOND] [SECONDS]`, 10,000 for 600 seconds if nothing is said.
 *
 * 1. Requests of 100 spans leave at even times, whether those before them are answered or not; one that is answered 503 is sent
 *    again when the answer says.
 * 2. Every ten seconds the memory of the gateway is read. Its slope is that of a line through the second half of the run.
 * 3. At the end the books are asked: as many calls as spans that were acknowledged, none twice.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { MeasuredProcess } from './measured-process.ts';
import { SPANS_PER_REQUEST, TraceTemplate } from './trace-template.ts';

const [, , spansPerSecond = '10000', seconds = '600'] = process.argv;
const WARM_UP_SECONDS = 15;
const SAMPLE_MILLIS = 10_000;
const CONNECTIONS_MAX = 64;
const SOURCE = '--conditions=@costspan/source';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const template = new TraceTemplate(1);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
let nextRequest = 1n;

interface Sent {
  readonly latenciesMillis: number[];
  acknowledged: number;
  askedToWait: number;
}

function post(url: URL, body: Buffer): Promise<{ status: number; retryAfterSeconds: number }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': body.length,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        const retryAfterSeconds = Number(response.headers['retry-after'] ?? 0);
        resolve({ status: response.statusCode ?? 0, retryAfterSeconds });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Its latency is from when it was due to the answer 200, with all that it had to wait in between. */
async function deliver(url: URL, dueMillis: number, sent: Sent): Promise<void> {
  const body = gzipSync(template.request(nextRequest++), { level: 1 });
  for (;;) {
    const { status, retryAfterSeconds } = await post(url, body);
    if (status === 200) break;
    if (status !== 503) throw new Error(`the gateway answered ${status}`);
    sent.askedToWait += 1;
    await sleep(retryAfterSeconds * 1000);
  }
  sent.acknowledged += SPANS_PER_REQUEST;
  sent.latenciesMillis.push(performance.now() - dueMillis);
}

async function load(url: URL, forSeconds: number): Promise<Sent> {
  const sent: Sent = { latenciesMillis: [], acknowledged: 0, askedToWait: 0 };
  const everyMillis = (SPANS_PER_REQUEST * 1000) / Number(spansPerSecond);
  const start = performance.now();
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  for (let number = 0; number * everyMillis < forSeconds * 1000; number++) {
    const dueMillis = start + number * everyMillis;
    const waitMillis = dueMillis - performance.now();
    if (waitMillis > 1) await sleep(waitMillis);
    if (failure !== undefined) throw failure;
    const delivery = deliver(url, dueMillis, sent)
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => underWay.delete(delivery));
    underWay.add(delivery);
    // Past this the load is more than the machine can do, and memory would only measure this process.
    if (underWay.size > CONNECTIONS_MAX * 4) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return sent;
}

interface MemorySample {
  readonly hours: number;
  readonly mebibytes: number;
}

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Of the line of least squares. */
function slopePerHour(samples: readonly MemorySample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const meanHours = mean(samples.map(({ hours }) => hours));
  const meanMebibytes = mean(samples.map(({ mebibytes }) => mebibytes));
  let above = 0;
  let below = 0;
  for (const { hours, mebibytes } of samples) {
    above += (hours - meanHours) * (mebibytes - meanMebibytes);
    below += (hours - meanHours) ** 2;
  }
  return above / below;
}

const folder = mkdtempSync(join(tmpdir(), 'costspan-bench-'));
const sink = new MeasuredProcess(process.execPath, [SOURCE, here('span-sink.ts')]);
const endpoint = await sink.printed(/http:\S+/);
const config = join(folder, 'costspan.yaml');
const gateway = { listen: '127.0.0.1:0', forward: { endpoint, mode: 'required' } };
writeFileSync(config, JSON.stringify({ gateway, store: { kind: 'duckdb', path: join(folder, 'data') } }));
const main = here('../../../packages/cli/src/main.ts');
const measured = new MeasuredProcess(process.execPath, [SOURCE, main, 'up', '--config', config]);
try {
  const url = new URL('/v1/traces', await measured.printed(/is up at (\S+?),/));
  const warmUp = await load(url, WARM_UP_SECONDS);
  measured.resetPeak();
  const cpuBefore = measured.cpuSeconds();
  const start = performance.now();
  const samples: MemorySample[] = [];
  const sampling = setInterval(() => {
    const hours = (performance.now() - start) / 3_600_000;
    samples.push({ hours, mebibytes: residentMebibytes(measured.pid) });
  }, SAMPLE_MILLIS);
  const sent = await load(url, Number(seconds));
  clearInterval(sampling);
  const elapsedSeconds = (performance.now() - start) / 1000;
  const summary = await fetch(new URL('/api/summary', url)).then(async (response) => response.json());
  const cpuSeconds = measured.cpuSeconds() - cpuBefore;
  const acknowledged = warmUp.acknowledged + sent.acknowledged;
  const { calls } = summary as { readonly calls: number };
  const sorted = sent.latenciesMillis.toSorted((a, b) => a - b);
  const rank = (share: number): string =>
    (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(0);
  const half = samples.slice(samples.length >> 1);
  const slope = slopePerHour(half);
  const mebibytes = half[0]?.mebibytes ?? Number.NaN;
  console.log(`${spansPerSecond} model calls/s for ${seconds} s, gzip, durable and forwarded`);
  console.log(
    `  taken ${Math.round(sent.acknowledged / elapsedSeconds)} spans/s, asked to wait ${sent.askedToWait} times`,
  );
  console.log(`  acknowledged ${acknowledged}, in the books ${calls}, difference ${calls - acknowledged}`);
  console.log(`  answered after p50 ${rank(0.5)} ms, p99 ${rank(0.99)} ms, p99.9 ${rank(0.999)} ms`);
  console.log(
    `  CPU ${((cpuSeconds / elapsedSeconds) * 100).toFixed(0)} % of a core, ${((cpuSeconds * 1e6) / sent.acknowledged).toFixed(0)} µs a span`,
  );
  console.log(
    `  memory at most ${measured.peakMebibytes().toFixed(0)} MiB, ${((slope / mebibytes) * 100).toFixed(1)} % more an hour by the second half`,
  );
} finally {
  agent.destroy();
  await measured.stop();
  await sink.stop();
  rmSync(folder, { recursive: true, force: true });
}
