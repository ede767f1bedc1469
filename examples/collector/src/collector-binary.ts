import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const MANIFEST = fileURLToPath(new URL('../builder.yaml', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/collector/', import.meta.url));
const GO_FALLBACK = '/usr/local/go/bin/go';
const LOCK_POLL_MILLIS = 500;

/** The parts of the builder's manifest that hold modules, and the version that everything else follows. */
interface BuilderManifest {
  readonly dist: { readonly version: string };
  readonly [kind: string]: unknown;
}

/**
 * The path of the Collector that `builder.yaml` describes. The first call builds it, which takes a few minutes on a bare
 * machine; then it is kept under `node_modules/.cache`, by the hash of the manifest. Safe to be called by several
 * processes at once: one builds, the others wait.
 *
 * @throws When there is no Go, or the build fails.
 * @see https://github.com/open-telemetry/opentelemetry-collector/tree/main/cmd/builder
 */
export async function collectorBinary(): Promise<string> {
  const manifest = await readFile(MANIFEST, 'utf8');
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n${manifest}`).digest('hex');
  const folder = join(CACHE, hash.slice(0, 16));
  const binary = join(folder, process.platform === 'win32' ? 'otelcol.exe' : 'otelcol');
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const release = await lock(join(folder, 'lock'));
  try {
    if (!existsSync(binary)) await build(manifest, folder, binary);
  } finally {
    await release();
  }
  return binary;
}

/**
 * 1. The builder writes the sources. Its own `go mod tidy` is left out: it asks for what only the tests of the
 *    components need.
 * 2. `go.mod` gets the modules of the manifest; the build adds what they need.
 * 3. The binary takes its place when it is whole.
 */
async function build(manifest: string, folder: string, binary: string): Promise<void> {
  const go = await findGo();
  const work = join(folder, 'build');
  const sources = join(work, 'sources');
  await rm(work, { recursive: true, force: true });
  await mkdir(sources, { recursive: true });
  await copyFile(MANIFEST, join(work, 'builder.yaml'));
  const parsed = parse(manifest) as BuilderManifest;
  const { version } = parsed.dist;
  process.stderr.write(`collector: building version ${version} with ${go}, a few minutes the first time\n`);
  const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
  const writeSources = ['--config', 'builder.yaml', '--skip-get-modules', '--skip-compilation'];
  await run(go, ['run', builder, ...writeSources], work);
  await writeFile(join(sources, 'go.mod'), goMod(parsed));
  await run(go, ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', 'otelcol', '.'], sources);
  await rename(join(sources, 'otelcol'), binary);
  await rm(work, { recursive: true });
  process.stderr.write(`collector: built, ${binary}\n`);
}

function goMod(manifest: BuilderManifest): string {
  const modules = Object.values(manifest)
    .filter((parts) => Array.isArray(parts))
    .flatMap((parts: { gomod: string }[]) => parts.map((part) => part.gomod));
  const required = [`go.opentelemetry.io/collector/otelcol v${manifest.dist.version}`, ...modules];
  return `module otelcol\n\ngo 1.25.0\n\nrequire (\n${required.map((line) => `\t${line}\n`).join('')})\n`;
}

async function findGo(): Promise<string> {
  for (const go of ['go', GO_FALLBACK]) {
    // oxlint-disable-next-line no-await-in-loop -- the second is only tried without the first
    if (
      await run(go, ['version'], CACHE, 'ignore').then(
        () => true,
        () => false,
      )
    )
      return go;
  }
  throw new Error(
    'Go is missing, and the Collector is built with it. Install Go 1.25 or later (the package "golang" of most ' +
      'systems, or https://go.dev/dl) so that "go version" works, then run this again.',
  );
}

/** Runs a command to its end; what it prints goes to standard error. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  output: 'print' | 'ignore' = 'print',
): Promise<void> {
  const stdio = output === 'print' ? (['ignore', process.stderr, process.stderr] as const) : 'ignore';
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const child = spawn(command, args, { cwd, env, stdio: typeof stdio === 'string' ? stdio : [...stdio] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`"${command} ${args[0]}" ended with ${code}; what it printed says why`));
    });
  });
}

/** Waits for the lock and takes it; one whose process is gone is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each attempt follows the one before
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    // oxlint-disable-next-line no-await-in-loop -- each attempt follows the one before
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    // oxlint-disable-next-line no-await-in-loop -- each attempt follows the one before
    if (holder > 0 && !isRunning(holder)) await rm(path, { force: true });
    // oxlint-disable-next-line no-await-in-loop -- each attempt follows the one before
    else await delay(LOCK_POLL_MILLIS);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
