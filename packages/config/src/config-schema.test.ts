import { expect, test } from 'vitest';
import { configJsonSchema } from './config-schema.ts';

type Schema = ReturnType<typeof configJsonSchema>;

function keysWithoutDescription(schema: Schema, path = ''): string[] {
  const inner = Object.entries(schema.properties ?? {});
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined;
  return [
    ...inner.flatMap(([key, value]) =>
      typeof value === 'boolean' || value.description === undefined ? [`${path}${key}`] : [],
    ),
    ...inner.flatMap(([key, value]) =>
      typeof value === 'boolean' ? [] : keysWithoutDescription(value, `${path}${key}.`),
    ),
    ...(items === undefined ? [] : keysWithoutDescription(items, path)),
  ];
}

test('the JSON Schema describes every key', () => {
  const schema = configJsonSchema();
  expect(Object.keys(schema.properties ?? {})).toContain('thresholds');
  expect(keysWithoutDescription(schema)).toEqual([]);
});

test('the JSON Schema refuses unknown keys and requires none at the top', () => {
  expect(configJsonSchema()).toMatchObject({ additionalProperties: false });
  expect(configJsonSchema().required).toBeUndefined();
});
