import type { ModelCall } from '@costspan/cost-model';

/**
 * What a GenAI span is to a bill. Only a `model_call` can cost money; an `aggregate` (agent, workflow, step)
 * repeats what its children report and a `tool` span calls no model.
 */
export type SpanReading =
  | { readonly kind: 'model_call'; readonly call: ModelCall }
  | { readonly kind: 'aggregate' | 'tool'; readonly dialect: string };
