import { parseArgs } from 'node:util';
import { startProviderEmulator } from './provider-emulator.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, seed: { type: 'string', default: '1' } },
});
const emulator = await startProviderEmulator({
  port: wholeNumber('--port', values.port),
  seed: wholeNumber('--seed', values.seed),
});
console.log(`Provider emulator on ${emulator.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void emulator.close());
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`${option} must be a whole number, not "${text}"`);
  process.exit(2);
}
