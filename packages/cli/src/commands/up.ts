import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_FINDING } from '../exit-code.ts';
import { type ConfigOptions, requireConfig } from '../load-config.ts';

/** How long requests in flight may take once the gateway is told to stop. */
const STOP_TIMEOUT_MILLIS = 15_000;

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('Starts the gateway: prices spans that come in over OTLP/HTTP, records and meters every call.')
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--listen <host:port>', 'address to listen on (default: 127.0.0.1:4318)')
    .option('--data <folder>', 'data folder (default: ./costspan-data)')
    .addHelpText('after', '\nExample:\n  costspan up --listen 127.0.0.1:4318 --data ./costspan-data')
    .action(up);
}

async function up(options: ConfigOptions): Promise<void> {
  const config = requireConfig(options);
  // The gateway is large; it is loaded only by the commands that need it.
  const { startGateway } = await import('@costspan/gateway');
  const started = await startGateway(config, { env: process.env });
  if (!started.ok) {
    console.error(`error: ${started.error.message}`);
    process.exitCode = EXIT_FINDING;
    return;
  }
  const { gateway } = started;
  console.log(
    `costspan gateway: OTLP/HTTP on ${gateway.url}, records in ${resolve(config.store.path)}\n` +
      `  point an OpenTelemetry Collector or SDK at it: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${gateway.url}/v1/traces\n` +
      `  metrics for Prometheus: ${gateway.url}/metrics   cost per request: costspan report`,
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  // A client that never finishes its request must not keep the gateway from stopping.
  setTimeout(() => process.exit(EXIT_FINDING), STOP_TIMEOUT_MILLIS).unref();
  await gateway.stop();
}
