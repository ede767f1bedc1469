import type { ConfigError, KeyPath } from './config-error.ts';

/** A value that wins over the file's: from an environment variable or a command-line argument. */
export interface ConfigOverride {
  /** The variable or argument, as errors name it: `COSTSPAN_LISTEN`, `--listen`. */
  readonly source: string;
  readonly path: KeyPath;
  readonly value: unknown;
}

interface EnvVariable {
  readonly path: KeyPath;
  readonly read: (text: string) => unknown;
}

const asText = (text: string): unknown => text;
const asList = (text: string): unknown => text.split(',').map((part) => part.trim());
const asBoolean = (text: string): unknown => (text === 'true' ? true : text === 'false' ? false : text);

/** The environment variables that configure Costspan, and the key of the file that each one overrides. */
const ENV_VARIABLES: ReadonlyMap<string, EnvVariable> = new Map([
  ['COSTSPAN_LISTEN', { path: ['gateway', 'listen'], read: asText }],
  ['COSTSPAN_FORWARD_ENDPOINT', { path: ['gateway', 'forward', 'endpoint'], read: asText }],
  ['COSTSPAN_FORWARD_MODE', { path: ['gateway', 'forward', 'mode'], read: asText }],
  ['COSTSPAN_STORE_PATH', { path: ['store', 'path'], read: asText }],
  ['COSTSPAN_EMIT', { path: ['emit'], read: asList }],
  ['COSTSPAN_APPROXIMATE_MATCH', { path: ['prices', 'approximate_match'], read: asText }],
  ['COSTSPAN_PRICE_OVERLAYS', { path: ['prices', 'overlays'], read: asList }],
  ['COSTSPAN_PROVIDER_REPORTED_COST', { path: ['prices', 'provider_reported_cost'], read: asText }],
  ['COSTSPAN_METER_UNSAMPLED', { path: ['sampling', 'meter_unsampled'], read: asBoolean }],
]);

/** Names the configuration file. The caller reads the file, so it is not an override. */
export const CONFIG_PATH_VARIABLE = 'COSTSPAN_CONFIG';

/** Kubernetes adds these to every pod beside a service named `costspan` or `costspan-…`. */
const KUBERNETES_SERVICE_VARIABLE =
  /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads the `COSTSPAN_*` variables. An empty one counts as unset, as OpenTelemetry does it. */
export function envOverrides(env: Env): ConfigOverride[] {
  return [...ENV_VARIABLES].flatMap(([source, { path, read }]) => {
    const text = env[source];
    return text === undefined || text === '' ? [] : [{ source, path, value: read(text) }];
  });
}

export function unknownEnvVariables(env: Env): ConfigError[] {
  return Object.keys(env)
    .filter(
      (name) =>
        name.startsWith('COSTSPAN_') &&
        name !== CONFIG_PATH_VARIABLE &&
        !ENV_VARIABLES.has(name) &&
        !KUBERNETES_SERVICE_VARIABLE.test(name),
    )
    .map((source) => ({
      code: 'unknown_environment_variable',
      source,
      position: undefined,
      keyPath: '',
      message: `no such variable, ignored; known are ${[CONFIG_PATH_VARIABLE, ...ENV_VARIABLES.keys()].join(', ')}`,
    }));
}

/** Lays a value over the parsed file. Where the file is not a mapping it stays, to be refused as such. */
export function withOverride(file: unknown, path: KeyPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const mapping = file ?? {};
  if (typeof mapping !== 'object' || Array.isArray(mapping)) return file;
  return { ...mapping, [key]: withOverride((mapping as Record<string, unknown>)[key], rest, value) };
}
