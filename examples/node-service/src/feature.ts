import type { z } from 'zod';

/** What a feature answers: a JSON document, or a text that grows while the model writes it. */
export type FeatureAnswer = object | AsyncIterable<string>;

/** One endpoint of the service. */
export interface Feature<Input = unknown> {
  readonly name: string;
  readonly path: string;
  readonly inputSchema: z.ZodType<Input>;
  answer(input: Input): Promise<FeatureAnswer>;
}
