/** Who carries the idle cost that nobody else does. */
export const IDLE_TENANT = '__idle__';
export const SLACK_TENANT = '__slack__';
export const UNSAMPLED_TENANT = '__unsampled__';

const RESERVED_PREFIX = '__';

/**
 * A tenant's name in the books. Names with two leading underscores are those of what nobody carries, so a tenant that has
 * one itself gets one underscore more: `__idle__` is `___idle__`, and no two tenants get the same name.
 */
export function bookedTenant(tenant: string): string {
  return tenant.startsWith(RESERVED_PREFIX) ? `_${tenant}` : tenant;
}
