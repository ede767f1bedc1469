/** The fields of a JSON object. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The fields of a value that is a JSON object; `undefined` for everything else. */
export function fieldsOf(value: unknown): JsonFields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonFields)
    : undefined;
}

/** The fields that a JSON text holds; a text that is longer than what they should take is not parsed. */
export function parseFields(json: unknown, charactersMax: number): JsonFields | undefined {
  if (typeof json !== 'string' || json.length > charactersMax) return undefined;
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}
