import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CONFIG_FILE_NAME,
  CONFIG_PATH_VARIABLE,
  type ConfigOverride,
  type ConfigResult,
  type CostspanConfig,
  formatConfigErrors,
  parseConfig,
} from '@costspan/config';
import { UsageError } from './exit-code.ts';

/** The options of every command that reads the configuration. */
export interface ConfigOptions {
  /** `--config`: the file; without it `COSTSPAN_CONFIG`, then `costspan.yaml` if there is one. */
  readonly config?: string;
  /** `--data`: overrides `store.path`. */
  readonly data?: string;
  /** `--listen`: overrides `gateway.listen`. */
  readonly listen?: string;
}

export interface LoadedConfig {
  /** The file that was read, or `undefined` when there is none and the defaults apply. */
  readonly file: string | undefined;
  readonly result: ConfigResult;
}

/** Reads the configuration. Only a named file must exist. */
export function loadConfig(options: ConfigOptions): LoadedConfig {
  const named = options.config ?? (process.env[CONFIG_PATH_VARIABLE] || undefined);
  const name = named ?? CONFIG_FILE_NAME;
  const text = readText(name, named !== undefined);
  const result = parseConfig(text ?? '', {
    sourceName: name,
    env: process.env,
    overrides: overridesOf(options),
  });
  return { file: text === undefined ? undefined : name, result };
}

/** The configuration of a command that cannot run without a valid one. Warnings go to stderr. */
export function requireConfig(options: ConfigOptions): CostspanConfig {
  const { result } = loadConfig(options);
  if (!result.ok) throw new UsageError(formatConfigErrors(result.errors));
  if (result.warnings.length > 0) console.error(`warning: ${formatConfigErrors(result.warnings)}`);
  return result.config;
}

/** The folder of the configuration, where relative paths of price overlays start. */
export function configFolder(options: ConfigOptions): string {
  return dirname(options.config ?? (process.env[CONFIG_PATH_VARIABLE] || CONFIG_FILE_NAME));
}

function readText(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`cannot read the configuration ${path}: ${(error as Error).message}`);
  }
}

function overridesOf({ data, listen }: ConfigOptions): ConfigOverride[] {
  return [
    ...(data === undefined ? [] : [{ source: '--data', path: ['store', 'path'], value: data }]),
    ...(listen === undefined ? [] : [{ source: '--listen', path: ['gateway', 'listen'], value: listen }]),
  ];
}
