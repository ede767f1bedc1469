/** What is wrong with a configuration. The codes are stable. */
export type ConfigErrorCode =
  | 'yaml_syntax'
  | 'unknown_key'
  | 'unsupported'
  | 'missing_key'
  | 'wrong_type'
  | 'bad_value'
  | 'unknown_environment_variable';

/** One finding about a configuration, with the place to mend it. */
export interface ConfigError {
  readonly code: ConfigErrorCode;
  /** The file, the environment variable or the argument that the value came from. */
  readonly source: string;
  /** The place in the file, counted from 1; absent when the source is not a file. */
  readonly position: { readonly line: number; readonly column: number } | undefined;
  /** For instance `thresholds[0].request_cost`; empty for the file as a whole. */
  readonly keyPath: string;
  /** What is wrong and how to mend it, in one sentence. */
  readonly message: string;
}

export type KeyPath = readonly (string | number)[];

/** Writes errors one on a line: `costspan.yaml:3:5: gateway.listne: unknown key; did you mean "listen"?`. */
export function formatConfigErrors(errors: readonly ConfigError[]): string {
  return errors.map(formatConfigError).join('\n');
}

function formatConfigError({ source, position, keyPath, message }: ConfigError): string {
  const where = position === undefined ? source : `${source}:${position.line}:${position.column}`;
  return keyPath === '' ? `${where}: ${message}` : `${where}: ${keyPath}: ${message}`;
}

export function formatKeyPath(path: KeyPath): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}
