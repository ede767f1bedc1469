import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CONFIG_FILE_NAME,
  type CostspanConfig,
  defaultConfig,
  formatConfigErrors,
  parseConfig,
} from '@costspan/config';

type Environment = Readonly<Record<string, string | undefined>>;

/** The effective configuration, and what was wrong with the one that was asked for. */
export interface LoadedConfig {
  readonly config: CostspanConfig;
  /** The folder of the file, where relative paths of price overlays start. */
  readonly folder: string;
  /** Errors and warnings, ready to print. With an error the defaults are in force. */
  readonly problems: readonly string[];
}

/**
 * Reads `costspan.yaml` (or the file that `COSTSPAN_CONFIG` names) and the `COSTSPAN_*` variables.
 *
 * A service must not fail to start because its cost settings are wrong, so errors are returned beside the
 * defaults; `costspan check` treats the same errors as findings.
 */
export function loadConfig(env: Environment): LoadedConfig {
  const named = env['COSTSPAN_CONFIG'];
  const sourceName = named ?? CONFIG_FILE_NAME;
  const folder = dirname(sourceName);
  const problems: string[] = [];
  let text = '';
  try {
    text = readFileSync(sourceName, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!missing || named !== undefined)
      problems.push(`cannot read ${sourceName}: ${(error as Error).message}`);
  }
  const result = parseConfig(text, { sourceName, env });
  if (result.warnings.length > 0) problems.push(formatConfigErrors(result.warnings));
  if (result.ok) return { config: result.config, folder, problems };
  problems.push(formatConfigErrors(result.errors), 'the default configuration is used until this is mended');
  return { config: builtinDefaults(), folder, problems };
}

function builtinDefaults(): CostspanConfig {
  const result = defaultConfig();
  if (!result.ok) throw new Error('the default configuration must be valid');
  return result.config;
}
