import { seededRandom } from './seeded-random.ts';

/** A vector of length 1 that only depends on the text; it carries no meaning. */
export function unitVector(text: string, dimensions: number): Float32Array {
  const random = seededRandom(text);
  const vector = Float32Array.from({ length: dimensions }, () => random.next() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
