import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const packageFolder = new URL('../', import.meta.url);

test('the example of the README runs as it is printed', async () => {
  const readme = readFileSync(new URL('README.md', packageFolder), 'utf8');
  const [, example = ''] = /^```ts\n(.+?)^```$/ms.exec(readme) ?? [];
  const program = `${example}\nconsole.log(JSON.stringify(reading));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@costspan/source', '--input-type=module-typescript', '--eval', program],
    { cwd: fileURLToPath(packageFolder) },
  );
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'model_call',
    call: { provider: 'openai', usage: { input: 176, cacheRead: 1024, output: 350 } },
  });
});
