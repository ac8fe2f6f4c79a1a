import { verifyLog, type VerifiedLog } from '@hearth/read-model';
import { withLog, type LogPlaces } from './log-access';
import { logProgress } from './log-progress';

/** Reads the whole log. Throws `CliError`. */
export function verifyWholeLog(places: LogPlaces, { isShown }: { readonly isShown: boolean }): Promise<VerifiedLog> {
  return withLog(places, async (access) => {
    const bar = logProgress(isShown);
    try {
      return await verifyLog({ ...access, onProgress: (sequence, upTo) => bar.show('replay', sequence, upTo) });
    } finally {
      bar.end();
    }
  });
}

export function verifiedText({ isSame, upTo, logEnd, commits, runningHash, expectedHash }: VerifiedLog): string {
  if (isSame)
    return `the log is the one that the tables were made from: ${commits} commits up to position ${upTo}\nhash ${runningHash}`;
  const what =
    logEnd < upTo
      ? `the log ends at position ${logEnd}, and the tables have followed it to ${upTo}`
      : `a commit at or before position ${upTo} is not the one that the tables were made from`;
  return [
    `THE LOG IS NOT THE ONE that the tables were made from: ${what}`,
    `hash of the log    ${runningHash}`,
    `hash of the tables ${expectedHash}`,
  ].join('\n');
}
