/** What runs beside the application. */
const MODES = [
  'none',
  'fetch-wrapped',
  'tap-first',
  'tap-last',
  'tap-disabled',
  'tap-failing',
  'others',
  'tap-with-others',
  'node-register',
] as const;

export type Mode = (typeof MODES)[number];

export function isMode(name: string | undefined): name is Mode {
  return MODES.some((mode) => mode === name);
}
