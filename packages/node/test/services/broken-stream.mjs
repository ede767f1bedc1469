// Reads a stream that breaks off, and handles it.
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'none', baseURL: process.env.PROVIDER_URL, maxRetries: 0 });
try {
  const stream =
    process.env.API === 'chat'
      ? await client.chat.completions.create({
          model: 'gpt-5-mini',
          stream: true,
          messages: [{ role: 'user', content: 'x' }],
        })
      : await client.responses.create({ model: 'gpt-5-mini', stream: true, input: 'x' });
  for await (const _event of stream);
} catch {
  console.log('handled');
}
