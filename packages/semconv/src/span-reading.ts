import type { ModelCall } from '@costspan/cost-model';

/** What a GenAI span is to a bill. */
export type SpanReading =
  | { readonly kind: 'model_call'; readonly call: ModelCall }
  | Aggregate
  /** A tool calls no model. */
  | { readonly kind: 'tool'; readonly dialect: string };

/** An agent, workflow or step: it repeats what its children report and is not billed. */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly dialect: string;
  /**
   * The call to bill when no model call is seen inside: an agent that runs at its provider, of which the calls leave
   * no spans here.
   */
  readonly hosted?: ModelCall | undefined;
}
