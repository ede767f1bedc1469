/** Longer than any name of a model, id or tier; a longer text is something else, and is not passed on. */
const CHARACTERS_MAX = 512;

/** A name that an answer states: a model, an id, a tier, a region. Never a text that was generated. */
export function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= CHARACTERS_MAX ? value : undefined;
}
