import { distance } from 'fastest-levenshtein';

/** The labels of the names nearest to one that is not listed; names nothing like it are left out. */
export function closestNames(
  wanted: string,
  names: readonly { readonly name: string; readonly label: string }[],
  limit: number,
): string[] {
  const bare = wanted.slice(wanted.lastIndexOf('/') + 1);
  return names
    .map(({ name, label }) => ({
      label,
      distance: distance(bare, name) / Math.max(bare.length, name.length),
    }))
    .filter((each) => each.distance < 0.5)
    .toSorted((a, b) => a.distance - b.distance || (a.label < b.label ? -1 : 1))
    .slice(0, limit)
    .map((each) => each.label);
}
