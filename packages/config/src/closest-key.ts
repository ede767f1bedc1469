import { distance } from 'fastest-levenshtein';

/** The candidate that a mistyped key most likely means. `labelsMax` and `labels-max` both mean `labels_max`. */
export function closestKey(key: string, candidates: readonly string[]): string | undefined {
  const written = normalize(key);
  const distanceMax = Math.max(1, Math.floor(written.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(written, normalize(candidate)) }))
    .filter(({ edits }) => edits <= distanceMax)
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate;
}

function normalize(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '');
}
