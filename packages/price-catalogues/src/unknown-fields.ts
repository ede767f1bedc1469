/** What a catalogue says of something, before anything is known of its shape. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value's fields, or `undefined` when it is a list or no object. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The value's elements; none when it is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The elements of a list that are objects. */
export function fieldsIn(value: unknown): Fields[] {
  return listOf(value).flatMap((each) => {
    const fields = fieldsOf(each);
    return fields === undefined ? [] : [fields];
  });
}

/** A text that is not blank. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Whether a value states a price other than zero, anywhere in it. */
export function statesPrice(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'object' || value === null || depth > 6) return false;
  return Object.values(value).some((each) => statesPrice(each, depth + 1));
}
