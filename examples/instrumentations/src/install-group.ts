import { fileURLToPath } from 'node:url';
import { runToEnd } from './child-process.ts';
import type { Group } from './group.ts';

/** Far longer than an install takes whose store is empty. */
const INSTALL_TIMEOUT_MILLIS = 170_000;
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Installs a group by its own lockfile, outside of the workspace and without install scripts.
 *
 * @throws when it cannot be installed, with what the package manager said.
 */
export async function installGroup({ name, folder }: Group): Promise<void> {
  const install = ['install', '--frozen-lockfile', '--ignore-workspace', '--ignore-scripts'];
  const { failure, tail } = await runToEnd({
    file: 'npx',
    args: ['--yes', 'pnpm@11', '--dir', folder, ...install],
    cwd: REPOSITORY,
    timeoutMillis: INSTALL_TIMEOUT_MILLIS,
  });
  if (failure !== undefined) throw new Error(`the group ${name} cannot be installed: ${failure}\n${tail}`);
}
