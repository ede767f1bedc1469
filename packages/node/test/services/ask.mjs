// A service in ES modules: one request, one model call, then it ends by itself.
import OpenAI from 'openai';
import { createServer } from 'node:http';

const client = new OpenAI({ apiKey: 'none', baseURL: process.env.PROVIDER_URL });
const server = createServer(async (request, response) => {
  const answer = await client.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'CANARY' }],
  });
  response.end(answer.choices[0].message.content);
});
server.listen(0, '127.0.0.1', async () => {
  await fetch(`http://127.0.0.1:${server.address().port}/ask`).then((response) => response.text());
  if (process.env.WAIT_FOR_SIGNAL === undefined) server.close();
  else console.log('ready');
});
