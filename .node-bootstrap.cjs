// Lets `npx pnpm@11 …` work where the installed Node is older than pnpm needs: npm preloads this file
// (see node-options in .npmrc), and an old Node hands the same command over to a current one from npm.
'use strict';
const nodePackageVersion = '24.21.0';
const [major, minor] = process.versions.node.split('.').map(Number);

// The preload is for the first process only; nothing that it starts shall inherit it.
const inherited = (process.env.NODE_OPTIONS ?? '')
  .split(' ')
  .filter((option) => option !== '' && !option.endsWith('.node-bootstrap.cjs'));
if (inherited.length > 0) process.env.NODE_OPTIONS = inherited.join(' ');
else delete process.env.NODE_OPTIONS;

if (major < 22 || (major === 22 && minor < 15)) {
  const { spawnSync } = require('node:child_process');
  const { existsSync } = require('node:fs');
  const { join } = require('node:path');
  const command = process.argv.slice(1);
  const installed = join(__dirname, 'node_modules', 'node', 'bin', 'node');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const nodePackage = `node-${platform}-${process.arch}@${nodePackageVersion}`;
  const result = existsSync(installed)
    ? spawnSync(installed, command, { stdio: 'inherit' })
    : spawnSync('npm', ['exec', '--yes', `--package=${nodePackage}`, '--', 'node', ...command], {
        stdio: 'inherit',
        shell: process.platform === 'win32',
      });
  process.exit(result.status ?? 1);
}
