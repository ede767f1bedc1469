import { OTLPTraceExporter as OtlpGrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as OtlpJsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as OtlpProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { warn } from './warn.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The exporting processors that `OTEL_TRACES_EXPORTER`, `OTEL_EXPORTER_OTLP_*` and `OTEL_BSP_*` ask for.
 *
 * `NodeSDK` reads these only when it is given no span processor of its own, so a processor that comes first
 * has to bring them along.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function spanExportersFromEnv(env: Environment): SpanProcessor[] {
  const names = (env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').map((name) => name.trim());
  const processors: SpanProcessor[] = [];
  for (const name of new Set(names.filter((name) => name !== ''))) {
    if (name === 'otlp') processors.push(batching(otlpExporter(env), env));
    else if (name === 'console')
      processors.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }));
    else if (name !== 'none')
      warn(`OTEL_TRACES_EXPORTER: unknown exporter "${name}"; use otlp, console or none`);
  }
  return processors;
}

function otlpExporter(env: Environment): SpanExporter {
  const protocol =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  switch (protocol) {
    case 'grpc':
      return new OtlpGrpcExporter();
    case 'http/json':
      return new OtlpJsonExporter();
    case 'http/protobuf':
      return new OtlpProtobufExporter();
    default:
      warn(`OTEL_EXPORTER_OTLP_PROTOCOL: unknown protocol "${protocol}"; http/protobuf is used`);
      return new OtlpProtobufExporter();
  }
}

function batching(exporter: SpanExporter, env: Environment): BatchSpanProcessor {
  const queueSizeMax = positiveNumber(env, 'OTEL_BSP_MAX_QUEUE_SIZE');
  const batchSizeMax = positiveNumber(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE');
  const delayMillis = positiveNumber(env, 'OTEL_BSP_SCHEDULE_DELAY');
  const timeoutMillis = positiveNumber(env, 'OTEL_BSP_EXPORT_TIMEOUT');
  return new BatchSpanProcessor({
    exporter,
    ...(queueSizeMax !== undefined && { maxQueueSize: queueSizeMax }),
    ...(batchSizeMax !== undefined && { maxExportBatchSize: batchSizeMax }),
    ...(delayMillis !== undefined && { scheduledDelayMillis: delayMillis }),
    ...(timeoutMillis !== undefined && { exportTimeoutMillis: timeoutMillis }),
  });
}

function positiveNumber(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  warn(`${name}: "${text}" is not a positive number; the default is used`);
  return undefined;
}
