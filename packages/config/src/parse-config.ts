import { type ConfigError, formatKeyPath, type KeyPath } from './config-error.ts';
import {
  type ConfigOverride,
  type Env,
  envOverrides,
  unknownEnvVariables,
  withOverride,
} from './config-override.ts';
import { configJsonSchema, configSchema } from './config-schema.ts';
import type { CostspanConfig } from './costspan-config.ts';
import { describeIssue, type IssueDescription, type JsonSchema } from './describe-issue.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** The effective configuration, or everything that is wrong with it. Warnings come with both. */
export type ConfigResult =
  | { readonly ok: true; readonly config: CostspanConfig; readonly warnings: readonly ConfigError[] }
  | {
      readonly ok: false;
      readonly errors: readonly ConfigError[];
      readonly warnings: readonly ConfigError[];
    };

export interface ParseConfigOptions {
  /** The file's name, as errors shall show it. */
  readonly sourceName: string;
  /** The environment whose `COSTSPAN_*` variables override the file. */
  readonly env: Env;
  /** Command-line arguments, which override both. */
  readonly overrides?: readonly ConfigOverride[];
}

/** Made once, for the first file with an error: it takes longer than reading the file. */
let jsonSchema: JsonSchema | undefined;

/** Reads the text of a `costspan.yaml`. An empty text gives the defaults; no text makes it throw. */
export function parseConfig(text: string, options: ParseConfigOptions): ConfigResult {
  const warnings = unknownEnvVariables(options.env);
  const yaml = readYaml(text, options.sourceName);
  if (yaml.errors.length > 0) return { ok: false, errors: yaml.errors, warnings };
  const overrides = [...envOverrides(options.env), ...(options.overrides ?? [])];
  const file = overrides.reduce<unknown>(
    (value, override) => withOverride(value, override.path, override.value),
    yaml.value ?? {},
  );
  const result = configSchema.safeParse(file, { reportInput: true });
  if (result.success) return { ok: true, config: result.data, warnings };
  const schema = (jsonSchema ??= configJsonSchema());
  const errors = result.error.issues
    .flatMap((issue) => describeIssue(issue, schema))
    .filter(isNoConsequence)
    .map(({ code, path, message }) => ({
      code,
      ...sourceOf(path, yaml, overrides),
      keyPath: formatKeyPath(path),
      message,
    }))
    .sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
  return { ok: false, errors, warnings };
}

/** The configuration without a file: defaults, and what the environment says. */
export function defaultConfig(env: Env = {}): ConfigResult {
  return parseConfig('', { sourceName: 'defaults', env });
}

/** A value of the wrong type has no length to be wrong too. */
function isNoConsequence(
  { code, path }: IssueDescription,
  _index: number,
  all: readonly IssueDescription[],
): boolean {
  const keyPath = formatKeyPath(path);
  return (
    code !== 'bad_value' ||
    !all.some((other) => other.code === 'wrong_type' && formatKeyPath(other.path) === keyPath)
  );
}

/** The last override that set the key wins, as it did when it was laid over the file. */
function sourceOf(
  path: KeyPath,
  yaml: YamlSource,
  overrides: readonly ConfigOverride[],
): Pick<ConfigError, 'source' | 'position'> {
  const override = overrides.findLast((one) => one.path.every((key, index) => path[index] === key));
  if (override !== undefined) return { source: override.source, position: undefined };
  return { source: yaml.name, position: yaml.positionOf(path) };
}
