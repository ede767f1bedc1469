import type { WireAnswer } from '../src/wire-format.ts';
import type { StatedAnswer } from './stated-answer.ts';

const NAMED_OTHERWISE = [
  'isRecognised',
  'usage',
  'isUsageFinal',
  'provider',
  'finishReasons',
  'conditions',
  'serverTimings',
  'reportedCost',
] as const;

/** Everything that an answer states, in one line. */
export function statedText({ format, provider, model, answer }: StatedAnswer): string {
  const {
    isRecognised,
    usage,
    isUsageFinal,
    finishReasons,
    conditions,
    serverTimings,
    reportedCost,
    ...texts
  } = answer;
  const facts = {
    ...texts,
    ...(finishReasons !== undefined && { finishReasons: finishReasons.join(',') }),
    ...conditions,
    ...serverTimings,
    ...(reportedCost !== undefined && { cost: `${reportedCost.amountPico}p${reportedCost.currency}` }),
  };
  return [
    isRecognised ? 'recognised' : 'unknown',
    format.operation,
    `${answer.provider ?? provider}/${model}`,
    ...Object.entries(usage ?? {}).map(([bucket, quantity]) => `${bucket}=${String(quantity)}`),
    usageState(answer),
    ...Object.entries(facts)
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name, value]) => `${name}=${String(value)}`),
  ].join(' ');
}

function usageState({ usage, isUsageFinal }: WireAnswer): string {
  if (usage === undefined) return 'no usage';
  return isUsageFinal ? 'final' : 'partial';
}
