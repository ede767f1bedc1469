import type { z } from 'zod';
import { type ConfigError, formatKeyPath } from './config-error.ts';
import { describeIssue } from './describe-issue.ts';
import { readYaml } from './yaml-source.ts';

type SecretFileResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Reads a YAML file that holds secrets. Its errors end up in logs, so they say where something is wrong without a
 * word of the text: the schema's own messages must not repeat a value either.
 */
export function parseSecretFile<Value>(
  text: string,
  sourceName: string,
  schema: z.ZodType<Value>,
): SecretFileResult<Value> {
  const yaml = readYaml(text, sourceName);
  if (yaml.errors.length > 0) {
    // The parser's messages quote what they stumble over.
    const errors = yaml.errors.map((error) => ({ ...error, message: 'is not valid YAML from here on' }));
    return { ok: false, errors };
  }
  const result = schema.safeParse(yaml.value, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues
    .flatMap((issue) => describeIssue(issue, {}))
    .map(({ code, path, message }) => ({
      code,
      source: sourceName,
      position: yaml.positionOf(path),
      keyPath: formatKeyPath(path),
      message: code === 'wrong_type' ? message.replace(/: ".*$/s, '') : message,
    }))
    .sort((a, b) => a.position.line - b.position.line);
  return { ok: false, errors };
}
