const SOURCE_CONDITION = '--conditions=@costspan/source';

/** For programs that are started: whoever runs us from source wants to see what the source does. */
export const sourceConditions: readonly string[] = process.execArgv.includes(SOURCE_CONDITION)
  ? [SOURCE_CONDITION]
  : [];
