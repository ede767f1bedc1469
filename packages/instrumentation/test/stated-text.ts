import type { StatedAnswer } from './stated-answer.ts';

/** Everything that an answer states, in one line. */
export function statedText({ format, provider, model, answer }: StatedAnswer): string {
  const {
    isRecognised,
    usage,
    isUsageFinal,
    finishReasons,
    conditions,
    serverTimings,
    phases,
    reportedCost,
    ...rest
  } = answer;
  const { provider: answeringProvider = provider, ...texts } = rest;
  const facts = {
    ...texts,
    ...(finishReasons !== undefined && { finishReasons: finishReasons.join(',') }),
    ...conditions,
    ...serverTimings,
    ...phases,
    ...(reportedCost !== undefined && { cost: `${reportedCost.amountPico}p${reportedCost.currency}` }),
  };
  const usageState = isUsageFinal ? 'final' : 'partial';
  return [
    isRecognised ? 'recognised' : 'unknown',
    format.operation,
    `${answeringProvider}/${model}`,
    ...pairsOf(usage ?? {}),
    usage === undefined ? 'no usage' : usageState,
    ...pairsOf(facts),
  ].join(' ');
}

/** `name=value` of everything that is known. */
function pairsOf(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `${name}=${String(value)}`);
}
