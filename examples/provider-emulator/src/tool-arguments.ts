import { z } from 'zod';
import type { SeededRandom } from './seeded-random.ts';

const argumentSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** A value that fits the simple part of JSON Schema which tool definitions use. */
export function toolArguments(schema: unknown, random: SeededRandom): unknown {
  const { enum: choices, properties, minimum = 1, maximum = 5, ...rest } = argumentSchema.parse(schema ?? {});
  // Gemini writes the types in capitals.
  const type = rest.type?.toLowerCase();
  if (choices !== undefined && choices.length > 0) return random.pick(choices);
  if (properties !== undefined) {
    return Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, toolArguments(property, random)]),
    );
  }
  if (type === 'integer' || type === 'number') {
    return random.integer(Math.ceil(minimum), Math.max(Math.ceil(minimum), Math.floor(maximum)));
  }
  if (type === 'boolean') return random.chance(0.5);
  if (type === 'array') return [];
  return type === 'object' ? {} : random.token(6);
}
