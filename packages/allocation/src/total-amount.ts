// Loops, as the methods of typed arrays put each number into an object of its own for their callbacks.

/** The sum of all. */
export function totalAmount(amounts: Float64Array): number {
  let total = 0;
  for (let position = 0; position < amounts.length; position += 1) total += amounts[position] ?? 0;
  return total;
}

/** The sums by position. */
export function sumsOf(left: Float64Array, right: Float64Array): Float64Array {
  const sums = left.slice();
  for (let position = 0; position < sums.length; position += 1) {
    sums[position] = (sums[position] ?? 0) + (right[position] ?? 0);
  }
  return sums;
}
