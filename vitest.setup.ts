import fc from 'fast-check';

/**
 * Properties are tested on the same examples in every run, so that a failure is owed to a change of the code.
 * `FAST_CHECK_SEED=random` looks for new counterexamples; a number repeats a run.
 */
const seed = process.env['FAST_CHECK_SEED'] ?? '20261121';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
