import type { ModelCall } from '@costspan/cost-model';

/** The models that a report of a call names. */
export type ModelNames = Pick<ModelCall, 'requestModel' | 'responseModel'>;

/** Whether two reports can be of one model. Where one of them names none, nothing speaks against it. */
export function canBeSameModel(left: ModelNames, right: ModelNames): boolean {
  const a = modelNames(left);
  const b = modelNames(right);
  if (a.length === 0 || b.length === 0) return true;
  return a.some((one) => b.some((other) => isSnapshotOf(one, other) || isSnapshotOf(other, one)));
}

/** Whether a name is another one with a date or a version after it: `gpt-4o-2024-08-06`, but not `gpt-4o-mini`. */
function isSnapshotOf(name: string, model: string): boolean {
  return name.startsWith(model) && SNAPSHOT.test(name.slice(model.length));
}

const SNAPSHOT = /^(?:[-@:](?:v?\d[\d.:-]*|latest|preview|exp)(?:-v\d[\d.:]*)?)*$/;

/** The names without what instrumentations and routers add: `us.anthropic.claude-x`, `openai/gpt-x`. */
function modelNames({ requestModel, responseModel }: ModelNames): string[] {
  const names: string[] = [];
  for (const name of [requestModel, responseModel]) {
    if (name === undefined) continue;
    const bare = name.toLowerCase().slice(name.lastIndexOf('/') + 1);
    names.push(bare.replace(/^(?:(?:us|eu|apac|jp|au|ca|global|us-gov)\.)?(?:[a-z0-9]+\.)(?=[a-z])/, ''));
  }
  return names;
}
