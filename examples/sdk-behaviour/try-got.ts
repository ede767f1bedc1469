import { startProviderEmulator } from '@costspan-examples/provider-emulator';
import { startBehaviourServer } from './src/behaviour-server.ts';
import { gotBehaviours } from './src/behaviours/http-clients.ts';
import { spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
if (process.argv[2]) {
  if (process.argv[3] === 'tap') { const { WireInstrumentation } = await import('@costspan/instrumentation'); new WireInstrumentation(); }
  const got = await import('got');
  const b = gotBehaviours(got);
  const out = [];
  for (const n of ['json, plain', 'stream, plain', 'json, gzip', 'stream, gzip']) {
    const r: any = await b[n]!({ url: (d: string) => `${process.argv[2]}/x/${d}`, http2Url: (d: string) => '' } as any);
    out.push('thrown' in r ? n + ' ' + r.thrown.code : 'ok');
  }
  console.log(out.join('; '));
  process.exit(0);
}
const emulator = await startProviderEmulator({ faults: false });
const server = await startBehaviourServer(emulator.url);
const count: any = {};
for (let i = 0; i < 40; i++) for (const m of ['none', 'tap']) {
  const c = spawn(process.execPath, ['--conditions=@costspan/source', 'try-got.ts', server.url, m], { stdio: ['ignore', 'pipe', 'inherit'] });
  let t = ''; c.stdout.on('data', (d) => (t += d)); await once(c, 'close');
  const k = m + ' ' + t.trim(); count[k] = (count[k] ?? 0) + 1;
}
console.log(count);
await server.close(); await emulator.close();
