import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema, priceOverlayJsonSchema } from '../src/index.ts';

const SCHEMAS = [
  { name: 'costspan.schema.json', schema: configJsonSchema() },
  { name: 'price-overlay.schema.json', schema: priceOverlayJsonSchema() },
];

for (const { name, schema } of SCHEMAS) {
  const file = new URL(`../${name}`, import.meta.url);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`packages/config/${name} is out of date; run "npx pnpm@11 generate"`);
    process.exitCode = 1;
  }
}
