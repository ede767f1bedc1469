/** Stops on a programmer error and names the values that broke the invariant. Never used for bad input. */
export function assert(
  condition: boolean,
  message: string,
  values: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (condition) return;
  const shown = Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  throw new Error(`Costspan invariant broken: ${message}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}`);
}
