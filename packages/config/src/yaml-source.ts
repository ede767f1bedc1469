import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { ConfigError, KeyPath } from './config-error.ts';

/** A parsed YAML text that still knows where each key stands. */
export interface YamlSource {
  readonly name: string;
  readonly value: unknown;
  readonly errors: readonly ConfigError[];
  /** The place of a key or of the innermost parent that the text has. */
  positionOf(path: KeyPath): { line: number; column: number };
}

/** A configuration is a page, not a data set. */
const TEXT_CHARACTERS_MAX = 1024 * 1024;

export function readYaml(text: string, name: string): YamlSource {
  const lineCounter = new LineCounter();
  const positionAt = (offset: number): { line: number; column: number } => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const syntaxError = (offset: number, message: string): ConfigError => ({
    code: 'yaml_syntax',
    source: name,
    position: positionAt(offset),
    keyPath: '',
    message,
  });
  if (text.length > TEXT_CHARACTERS_MAX) {
    const message = `the file has more than ${TEXT_CHARACTERS_MAX} characters; is it the right one?`;
    return { name, value: undefined, errors: [syntaxError(0, message)], positionOf: () => positionAt(0) };
  }
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  // What follows the first syntax error is mostly its consequence.
  const errors = [...document.errors, ...document.warnings]
    .slice(0, 1)
    .map((error) => syntaxError(error.pos[0], describeYamlError(error)));
  const positionOf = (path: KeyPath): { line: number; column: number } =>
    positionAt(offsetOf(document, path));
  if (errors.length > 0) return { name, value: undefined, errors, positionOf };
  try {
    return { name, value: withoutNulls(document.toJS()), errors, positionOf };
  } catch (error) {
    // Aliases are resolved when the values are read: an unknown one, too many, or one that contains itself.
    const message =
      error instanceof ReferenceError
        ? `not valid YAML: ${error.message}`
        : 'an alias contains itself; write the values out';
    return { name, value: undefined, errors: [syntaxError(0, message)], positionOf };
  }
}

function describeYamlError(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'the file has a second YAML document; keep one';
  return `not valid YAML: ${error.message}`;
}

/** A key without a value counts as absent, so that commenting out what is below it does no harm. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

function offsetOf(document: Document.Parsed, path: KeyPath): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    const parent: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap<unknown, Node | null>(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq<Node | null>(parent)) {
      node = parent.items[Number(key)] ?? null;
      offset = node?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
