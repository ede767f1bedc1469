const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'unspecified']);

/** The tier that a request asks for by name; `undefined` for the one that every request gets. */
export function namedServiceTier(asked: string | null | undefined): string | undefined {
  return asked === null || asked === undefined || USUAL_TIERS.has(asked) ? undefined : asked;
}
