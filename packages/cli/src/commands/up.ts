import { resolve } from 'node:path';
import type { StoreConfig } from '@costspan/config';
import type { Command } from 'commander';
import { UsageError } from '../exit-code.ts';
import { configFolder, type ConfigOptions, requireConfig } from '../load-config.ts';

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description(
      'Starts the gateway: receives OTLP, prices model calls, keeps the records, forwards the spans.',
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--listen <host:port>', 'address to listen on (default: gateway.listen, 127.0.0.1:4318)')
    .option('--data <folder>', 'data folder (default: store.path, ./costspan-data)')
    .addHelpText('after', '\nExample:\n  costspan up --listen 127.0.0.1:4318 --data ./costspan-data')
    .action(up);
}

async function up(options: ConfigOptions): Promise<void> {
  const config = requireConfig(options);
  // The gateway is large; it is loaded only by the commands that need it.
  const { startGateway } = await import('@costspan/gateway');
  const started = await startGateway(config, { env: process.env, configFolder: configFolder(options) });
  if (!started.ok) throw new UsageError(started.error.message);
  const { gateway } = started;
  const signal = stopSignal();
  const forward =
    config.gateway.forward === undefined ? '' : `, spans forwarded to ${config.gateway.forward.endpoint}`;
  console.log(
    `costspan is up at ${gateway.url}, ${whereRecordsAre(config.store)}${forward}; ` +
      `point the Collector's otlphttp exporter, or OTEL_EXPORTER_OTLP_ENDPOINT, at ${gateway.url}`,
  );
  console.error(`costspan: ${await signal}, finishing what was accepted`);
  await gateway.stop();
}

function whereRecordsAre({ kind, path, url }: StoreConfig): string {
  if (kind === 'none') return 'no records are kept';
  return kind === 'gateway' ? `records kept by ${url}` : `data in ${resolve(path)}`;
}

/** The first signal drains; a second one of the same kind ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolvePromise) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolvePromise);
  });
}
