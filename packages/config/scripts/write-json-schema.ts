import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/index.ts';

const file = new URL('../costspan.schema.json', import.meta.url);
const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('packages/config/costspan.schema.json is out of date; run "npx pnpm@11 generate"');
  process.exitCode = 1;
}
