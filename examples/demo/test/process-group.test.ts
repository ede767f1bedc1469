import { afterEach, expect, test } from 'vitest';
import { ProcessGroup } from '../src/process-group.ts';

const group = new ProcessGroup();
afterEach(() => group.stopAll());

function script(name: string, code: string): { name: string; args: string[] } {
  return { name, args: ['--input-type=module', '--eval', code] };
}

const SERVER = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    if (request.url === '/fail') { console.error('out of paper'); process.exit(3); }
    response.end('hello');
  });
  server.listen(0, '127.0.0.1', () => console.log('Listening on http://127.0.0.1:' + server.address().port + ' now'));
`;

function isAnswering(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

test('starts a server, reads its address, and stops it', async () => {
  const server = await group.startServer(script('printer', SERVER));
  expect(await isAnswering(server.url)).toBe(true);
  await server.stop();
  expect(await isAnswering(server.url)).toBe(false);
});

test('stops everything that still runs', async () => {
  const servers = await Promise.all([1, 2].map(() => group.startServer(script('printer', SERVER))));
  await group.stopAll();
  expect(await Promise.all(servers.map(({ url }) => isAnswering(url)))).toEqual([false, false]);
});

test('says why a server did not start', async () => {
  const failing = group.startServer(script('printer', 'console.error("no paper"); process.exit(7);'));
  await expect(failing).rejects.toThrow(/printer ended with exit status 7[^]*no paper/);
});

test('notices a server that ends on its own', async () => {
  const { url } = await group.startServer(script('printer', SERVER));
  await isAnswering(`${url}/fail`);
  await expect(group.failure).rejects.toThrow(/printer ended with exit status 3[^]*out of paper/);
});

test('says why a command failed', async () => {
  await group.run(script('noop', ''));
  await expect(group.run(script('list', 'console.error("no such list"); process.exit(1);'))).rejects.toThrow(
    /list ended with exit status 1[^]*no such list/,
  );
});
