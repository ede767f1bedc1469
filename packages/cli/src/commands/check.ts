import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import {
  type ConfigError,
  type CostspanConfig,
  formatConfigErrors,
  formatEffectiveConfig,
  formatListenAddress,
} from '@costspan/config';
import type { Command } from 'commander';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { checkGpuPools } from '../gpu-pool-checks.ts';
import { configFolder, type ConfigOptions, loadConfig } from '../load-config.ts';
import { loadPriceBookUnder } from '../load-price-book.ts';
import { findRunningGateway } from '../running-gateway.ts';
import { bold } from '../table.ts';

interface CheckOptions extends ConfigOptions {
  readonly print?: boolean;
  readonly json?: boolean;
}

/** One thing that was looked at. A finding is something to mend before relying on the costs. */
interface CheckResult {
  readonly check: 'config' | 'node' | 'data' | 'listen' | 'access' | 'prices' | 'pools';
  readonly status: 'ok' | 'finding';
  readonly message: string;
}

const NODE_VERSION_MIN = [22, 15] as const;

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('Checks the configuration and the environment.')
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--data <folder>', 'data folder (default: store.path)')
    .option('--listen <host:port>', 'address of the gateway (default: gateway.listen)')
    .option('--print', 'print the effective configuration as YAML; what was checked goes to stderr')
    .option('--json', 'print what was checked as JSON')
    .addHelpText('after', '\nExample:\n  costspan check --config costspan.yaml --print')
    .action(check);
}

async function check(options: CheckOptions): Promise<void> {
  const { file, result } = loadConfig(options);
  const config = result.ok ? result.config : undefined;
  const results: CheckResult[] = [
    ...checkConfig(file, [...(result.ok ? [] : result.errors), ...result.warnings]),
    checkNode(process.versions.node),
    ...(config === undefined
      ? []
      : [
          checkDataFolder(config.store.path),
          await checkListen(config),
          ...(await checkAccess(config, configFolder(options))),
          ...(await checkPrices(config, configFolder(options))),
          ...checkGpuPools(config, Date.now()).map((one): CheckResult => ({ check: 'pools', ...one })),
        ]),
  ];
  if (results.some(({ status }) => status === 'finding')) process.exitCode = EXIT_FINDING;
  if (options.print === true && config !== undefined) process.stdout.write(formatEffectiveConfig(config));
  const print = options.print === true ? console.error : console.log;
  print(options.json === true ? JSON.stringify({ checks: results }, null, 2) : formatResults(results));
}

function formatResults(results: readonly CheckResult[]): string {
  const lines = results.map(({ check: name, status, message }) => {
    const mark = status === 'ok' ? 'ok     ' : bold('FINDING');
    return `${mark}  ${name.padEnd(6)}  ${message}`;
  });
  const findings = results.filter(({ status }) => status === 'finding').length;
  const sum = findings === 0 ? 'Nothing to mend.' : findings === 1 ? '1 finding.' : `${findings} findings.`;
  return [...lines, '', sum].join('\n');
}

function checkConfig(file: string | undefined, errors: readonly ConfigError[]): CheckResult[] {
  if (errors.length > 0) {
    return errors.map((error) => ({
      check: 'config',
      status: 'finding',
      message: formatConfigErrors([error]),
    }));
  }
  const message = file === undefined ? 'no costspan.yaml here, the defaults apply' : `${file} is valid`;
  return [{ check: 'config', status: 'ok', message }];
}

function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = NODE_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) {
    return { check: 'node', status: 'ok', message: `Node ${version}` };
  }
  const message = `Node ${version} is too old; install ${majorMin}.${minorMin} or newer`;
  return { check: 'node', status: 'finding', message };
}

/** Writes to the folder, or to the nearest one above it when it is still to be made. */
function checkDataFolder(path: string): CheckResult {
  const folder = resolve(path);
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    rmdirSync(mkdtempSync(join(existing, '.costspan-check-')));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `${folder} cannot be written (${code}); name another folder in store.path`;
    return { check: 'data', status: 'finding', message };
  }
  const message = existing === folder ? `${folder} can be written` : `${folder} will be created`;
  return { check: 'data', status: 'ok', message };
}

/** Certificates, tokens and secrets, where the configuration names any. */
async function checkAccess({ gateway }: CostspanConfig, folder: string): Promise<CheckResult[]> {
  const { tls, auth, forward } = gateway;
  if ([tls, auth, forward?.headersFile, forward?.tls].every((each) => each === undefined)) return [];
  // The gateway is large; it is loaded only where it is needed.
  const { checkGatewaySecurity } = await import('@costspan/gateway');
  const problem = await checkGatewaySecurity(gateway, folder);
  if (problem !== undefined) return [{ check: 'access', status: 'finding', message: problem }];
  return [{ check: 'access', status: 'ok', message: 'certificates, tokens and secrets can be used' }];
}

async function checkListen(config: CostspanConfig): Promise<CheckResult> {
  const address = formatListenAddress(config.gateway.listen);
  const code = await tryToListen(config.gateway.listen);
  if (code === undefined) return { check: 'listen', status: 'ok', message: `${address} is free` };
  const gateway = await findRunningGateway(config.store.path);
  const isOurs = gateway !== undefined && new URL(gateway.url).port === String(config.gateway.listen.port);
  if (isOurs && code === 'EADDRINUSE') {
    const message = `${address} is in use by the gateway of this data folder, process ${gateway.pid}`;
    return { check: 'listen', status: 'ok', message };
  }
  const message = `cannot listen on ${address} (${code}); choose another gateway.listen or stop what holds it`;
  return { check: 'listen', status: 'finding', message };
}

/** @returns the error's code, or `undefined` when listening works. */
function tryToListen(address: { readonly host: string; readonly port: number }): Promise<string | undefined> {
  return new Promise((resolvePromise) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolvePromise(error.code ?? error.message);
    });
    server.listen(address, () => {
      server.close(() => {
        resolvePromise(undefined);
      });
    });
  });
}

async function checkPrices(config: CostspanConfig, folder: string): Promise<CheckResult[]> {
  try {
    const { book, warnings } = await loadPriceBookUnder(config, folder);
    const message = `price book ${book.version}, checked ${book.checked}, ${book.digest}`;
    return [
      { check: 'prices', status: 'ok', message },
      ...warnings.map((warning): CheckResult => ({ check: 'prices', status: 'finding', message: warning })),
    ];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message
      .split('\n')
      .map((message): CheckResult => ({ check: 'prices', status: 'finding', message }));
  }
}
