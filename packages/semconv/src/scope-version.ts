/** Whether a version such as `0.66b2` is `major.minor` or a later one; one that is not stated is not. */
export function isVersionFrom(
  version: string | undefined,
  [major, minor]: readonly [number, number],
): boolean {
  const stated = /^v?(\d{1,6})\.(\d{1,6})/.exec(version ?? '');
  if (stated === null) return false;
  const statedMajor = Number(stated[1]);
  return statedMajor === major ? Number(stated[2]) >= minor : statedMajor > major;
}
