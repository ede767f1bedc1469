/** Gemini CLI without a terminal, each scenario in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { scenario } from '../../src/scenario.ts';
import { longPrompt } from '../../src/scenarios/prompts.ts';

const packageFile = createRequire(import.meta.url).resolve('@google/gemini-cli/package.json');
const cli = join(dirname(packageFile), 'bundle', 'gemini.js');
const home = await mkdtemp(join(tmpdir(), 'gemini-cli-'));
await mkdir(join(home, '.gemini'));
await writeFile(
  join(home, '.gemini', 'settings.json'),
  JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
);

/** The CLI's prompt tells the date and the folder; the provider is asked this in its place, so that runs are alike. */
let prompt = '';

/**
 * Stands between the CLI, the provider and the harness. The CLI sends logs and metrics where it sends its traces, which
 * alone are passed on.
 */
const between = createServer(async (request, response) => {
  const body = await buffer(request);
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  if (request.url === '/v1/traces') {
    const headers = { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) };
    await fetch(process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, { method: 'POST', headers, body });
  }
  if (!request.url.startsWith('/v1beta/')) return response.end('{}');
  const answer = await fetch(`${process.env.EMULATOR_URL}${request.url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
  for await (const chunk of answer.body) response.write(chunk);
  return response.end();
});
between.listen(0, '127.0.0.1');
await once(between, 'listening');
const url = `http://127.0.0.1:${between.address().port}`;

async function ask(topic, model) {
  prompt = longPrompt(topic);
  const child = spawn(process.execPath, [...process.execArgv, cli, '--model', model, '--prompt', topic], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      GEMINI_API_KEY: 'none',
      GOOGLE_GEMINI_BASE_URL: url,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      GEMINI_TELEMETRY_ENABLED: 'true',
      GEMINI_TELEMETRY_TRACES_ENABLED: 'true',
      GEMINI_TELEMETRY_TARGET: 'local',
      GEMINI_TELEMETRY_OTLP_PROTOCOL: 'http',
      GEMINI_TELEMETRY_OTLP_ENDPOINT: url,
    },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new RangeError(`exit status ${code}`);
}

await scenario('prompt', () => ask('flash', 'gemini-2.5-flash'));
await scenario('prompt to another model', () => ask('pro', 'gemini-2.5-pro'));
between.close();
await rm(home, { recursive: true, force: true });
