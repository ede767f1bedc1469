import type { SpanKindName, SpanView, TextEdges } from '../src/span-view.ts';

/** A span as the dialects see it, with what a test cares about. */
export function spanView(
  attributes: Readonly<Record<string, unknown>>,
  fields: {
    readonly name?: string;
    readonly kindName?: SpanKindName;
    readonly scopeName?: string;
    readonly scopeVersion?: string;
    readonly failed?: boolean;
    readonly resource?: Readonly<Record<string, unknown>>;
  } = {},
): SpanView {
  const { resource = {} } = fields;
  return {
    name: fields.name ?? 'span',
    kindName: fields.kindName ?? 'internal',
    scopeName: fields.scopeName ?? 'test',
    scopeVersion: fields.scopeVersion,
    failed: fields.failed ?? false,
    attribute: (key) => (Object.hasOwn(attributes, key) ? attributes[key] : undefined),
    textEdges: (key, characters) => textEdges(attributes[key], characters),
    resourceAttribute: (key) => (Object.hasOwn(resource, key) ? resource[key] : undefined),
  };
}

export function textEdges(value: unknown, characters: number): TextEdges | undefined {
  if (typeof value !== 'string') return undefined;
  return { head: value.slice(0, characters), tail: value.slice(-characters) };
}
