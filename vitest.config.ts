import { defineConfig } from 'vitest/config';

/** Those of Node itself: under `module`, which is for bundlers, some packages have files that Node cannot load. */
const sourceConditions = ['@costspan/source', 'node', 'import', 'default'];

export default defineConfig({
  ssr: { resolve: { conditions: sourceConditions, externalConditions: sourceConditions } },
  resolve: { conditions: sourceConditions },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/{src,test}/**/*.test.ts'],
    setupFiles: ['./vitest.setup.ts'],
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
    exclude: ['**/node_modules/**', '**/*.e2e.test.ts'],
  },
});
