/** Looks an attribute up by name: on a span, an ancestor, the baggage or the resource. */
export type AttributeSource = (key: string) => unknown;

/** Longest feature or tenant that is kept; a longer one is cut, so that a prompt put there by mistake is not stored. */
const ATTRIBUTION_LENGTH_MAX = 128;

/**
 * Resolves a feature or a tenant: the first key that any source has wins, and for one key the sources are
 * asked in their order. Only non-empty strings, numbers and booleans count.
 */
export function resolveAttribution(
  keys: readonly string[],
  sources: readonly AttributeSource[],
): string | undefined {
  for (const key of keys) {
    for (const source of sources) {
      const text = attributionText(source(key));
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** An attribute as a name; `undefined` for what cannot be one. */
export function attributionText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : cutAttribution(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/**
 * Whether a span's attribute says nothing of the request that it serves: the `http.route` of a client span is that of
 * the server which it calls, for instance `/v1/messages` on the spans of Anthropic's SDK.
 */
export function isOfOtherSide(key: string, isClient: boolean): boolean {
  return isClient && key === 'http.route';
}

/** A name as it is kept: at most 128 characters of it. */
export function cutAttribution(name: string): string {
  return name.length <= ATTRIBUTION_LENGTH_MAX ? name : name.slice(0, ATTRIBUTION_LENGTH_MAX);
}

/** The attribute and baggage key that carries an attribution: `tenant` → `costspan.tenant`. */
export function attributionKeyOf(name: string): string {
  return `costspan.${name}`;
}
