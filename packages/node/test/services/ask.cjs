// The same service in CommonJS.
const OpenAI = require('openai');
const { createServer } = require('node:http');

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
  server.close();
});
