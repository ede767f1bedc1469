import type { z } from 'zod';
import { closestKey } from './closest-key.ts';
import type { ConfigErrorCode, KeyPath } from './config-error.ts';
import { formatKeyPath } from './config-error.ts';

/** A validation issue in the words of the configuration: where, what is wrong, how to mend it. */
export interface IssueDescription {
  readonly code: ConfigErrorCode;
  readonly path: KeyPath;
  readonly message: string;
}

export type JsonSchema = z.core.JSONSchema.JSONSchema;

const NOT_SUPPORTED = 'not supported in this version; remove it';

/** Keys of the file format whose feature does not exist yet: refused, so that nobody counts on them. */
const UNSUPPORTED_KEYS: ReadonlySet<string> = new Set(['unit_costs']);

/** How a rate in another unit becomes one of an hour. */
const PER_HOUR_FROM: Readonly<Record<string, string>> = {
  per_second: 'multiply it by 3600',
  per_minute: 'multiply it by 60',
  per_day: 'divide it by 24',
  per_week: 'divide it by 168',
  per_month: 'divide it by the hours of the month, 730 on average',
  per_year: 'divide it by 8760',
  per_gpu_hour: 'multiply it by the GPUs of the pool',
};
const POOL_RATE_KEY = /^pools\[\d+\]\.rates\[\d+\]\./;

const RATE_KEY_TEXTS: Readonly<Record<string, string>> = {
  from: 'the day from which it is paid, such as 2026-01-01',
  per_hour: 'what the whole pool costs an hour, such as "4.00"',
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'empty',
  number: 'a number',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
  string: 'a text',
};

/** The schema is the one that was violated: it knows which keys there are. */
export function describeIssue(issue: z.core.$ZodIssue, schema: JsonSchema): IssueDescription[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey([...path, key], key, path, schema));
    case 'invalid_type':
      if (issue.input === undefined) {
        return [
          { code: 'missing_key', path, message: `is missing; add ${missingText(path, issue.expected)}` },
        ];
      }
      return [{ code: 'wrong_type', path, message: describeWrongType(issue.expected, issue.input) }];
    case 'invalid_value':
      return [describeValue(path, issue.values.map(String), issue.input)];
    case 'too_small':
      return [
        {
          code: 'bad_value',
          path,
          message: describeBound(
            issue.origin,
            issue.inclusive === false ? 'more than' : 'at least',
            issue.minimum,
          ),
        },
      ];
    case 'too_big':
      return [{ code: 'bad_value', path, message: describeBound(issue.origin, 'at most', issue.maximum) }];
    case 'invalid_union':
      return describeUnion(issue, schema);
    default:
      return [{ code: 'bad_value', path, message: issue.message }];
  }
}

function missingText(path: KeyPath, type = ''): string {
  const known = POOL_RATE_KEY.test(formatKeyPath(path)) ? RATE_KEY_TEXTS[String(path.at(-1))] : undefined;
  return known ?? TYPE_NAMES[type] ?? 'it';
}

function describeUnknownKey(path: KeyPath, key: string, parent: KeyPath, root: JsonSchema): IssueDescription {
  if (UNSUPPORTED_KEYS.has(formatKeyPath(path))) return { code: 'unsupported', path, message: NOT_SUPPORTED };
  const toHour = PER_HOUR_FROM[key];
  if (toHour !== undefined && POOL_RATE_KEY.test(formatKeyPath(path))) {
    return { code: 'unknown_key', path, message: `only per_hour exists; ${toHour}` };
  }
  const siblings = Object.keys(schemaAt(root, parent)?.properties ?? {});
  const sibling = closestKey(key, siblings);
  const elsewhere = allKeyPaths(root).find((known) => known.endsWith(`.${key}`) || known === key);
  const mend =
    sibling !== undefined
      ? `did you mean "${sibling}"?`
      : elsewhere !== undefined
        ? `did you mean "${elsewhere}"?`
        : `known here are ${siblings.join(', ')}`;
  return { code: 'unknown_key', path, message: `unknown key; ${mend}` };
}

/** Says what is wrong inside the alternative that was meant, or which ones there are. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, schema: JsonSchema): IssueDescription[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const meant = issue.errors.find((inner) => !inner.some(isWrongTypeItself));
  if (meant !== undefined) {
    return meant.flatMap((inner) =>
      describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, schema),
    );
  }
  if (issue.input === undefined) {
    return [{ code: 'missing_key', path, message: `is missing; add ${missingText(path)}` }];
  }
  const given = jsonTypeOf(issue.input);
  const expected = issue.errors.flatMap(typesOf);
  const names = [...new Set(expected)].map((type) => TYPE_NAMES[type] ?? type);
  return [
    { code: 'wrong_type', path, message: `must be ${names.join(' or ')}, not ${TYPE_NAMES[given] ?? given}` },
  ];
}

function isWrongTypeItself(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === 'invalid_type' ||
    (issue.code === 'invalid_union' && issue.errors.every((one) => one.some(isWrongTypeItself)))
  );
}

function typesOf(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_type') return [issue.expected];
    return issue.code === 'invalid_union' ? issue.errors.flatMap(typesOf) : [];
  });
}

function describeWrongType(expected: string, input: unknown): string {
  const given = jsonTypeOf(input);
  if (expected === 'string' && given === 'number')
    return `must be a text; write it in quotes: "${String(input)}"`;
  const found = expected === 'int' && given === 'number' ? String(input) : (TYPE_NAMES[given] ?? given);
  return `must be ${TYPE_NAMES[expected] ?? expected}, not ${found}`;
}

function jsonTypeOf(input: unknown): string {
  return input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input;
}

function describeValue(path: KeyPath, allowed: readonly string[], input: unknown): IssueDescription {
  const keyPath = formatKeyPath(path);
  if (keyPath === 'store.kind' && input === 'clickhouse') {
    return { code: 'unsupported', path, message: 'clickhouse is not supported in this version; use duckdb' };
  }
  if (POOL_RATE_KEY.test(keyPath) && path.at(-1) === 'currency') {
    return {
      code: 'bad_value',
      path,
      message: `must be ${allowed.join()}, the currency of the file; convert the rate`,
    };
  }
  if (keyPath === 'currency' || keyPath === 'version') {
    return { code: 'unsupported', path, message: `only ${allowed.join()} is supported in this version` };
  }
  const only = allowed.length === 1 ? `must be ${allowed.join()}` : `must be one of ${allowed.join(', ')}`;
  const closest = typeof input === 'string' ? closestKey(input, allowed) : undefined;
  const mend = closest === undefined || allowed.length === 1 ? '' : `; did you mean "${closest}"?`;
  return { code: 'bad_value', path, message: `${only}${mend}` };
}

function describeBound(
  origin: string,
  bound: 'at least' | 'more than' | 'at most',
  amount: number | bigint,
): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  if (unit !== '' && bound === 'at least' && Number(amount) === 1) return 'must not be empty';
  return unit === '' ? `must be ${bound} ${amount}` : `must have ${bound} ${amount}${unit}`;
}

function schemaAt(schema: JsonSchema | undefined, path: KeyPath): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((at, key) => {
    const inner = typeof key === 'number' ? at?.items : at?.properties?.[key];
    return typeof inner === 'object' && !Array.isArray(inner) ? inner : undefined;
  }, schema);
}

function allKeyPaths(schema: JsonSchema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${prefix}${key}`,
    ...(typeof inner === 'object' ? allKeyPaths(inner, `${prefix}${key}.`) : []),
  ]);
}
