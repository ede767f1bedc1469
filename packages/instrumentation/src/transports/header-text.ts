/** A header's value as text: transports have it as text, as bytes, or as a list where it came several times. */
export function headerText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return Array.isArray(value) ? value.map((each) => headerText(each) ?? '').join(', ') : undefined;
}
