import { acceptLog, type AcceptedLog, type AcceptLogOptions, migrate } from '@hearth/read-model';
import { table } from '../table';
import { withLog, type LogPlaces } from './log-access';
import { logProgress } from './log-progress';

export type Reconciling = Pick<AcceptLogOptions, 'decision'> & { readonly isShown: boolean };

/** Shows what is lost; with a decision, takes the log as it is. Throws `CliError`. */
export function reconcileLog(places: LogPlaces, { decision, isShown }: Reconciling): Promise<AcceptedLog> {
  return withLog(places, async (access) => {
    await migrate(access.database);
    const bar = logProgress(isShown);
    try {
      const onProgress: AcceptLogOptions['onProgress'] = ({ phase, sequence, upTo }) =>
        bar.show(phase === 'compare' ? 'compare' : 'replay', sequence, upTo);
      return await acceptLog({ ...access, decision, onProgress });
    } finally {
      bar.end();
    }
  });
}

/** Rows that people are shown; all of them are in the JSON. */
const rowsMax = 50;

export function reconciledText(report: AcceptedLog): string {
  const { loss, seenTo, logEnd, lost, accepted } = report;
  if (!loss) return 'The log holds all that was seen of it: there is nothing to settle.';
  const { unknown, older } = lost;
  return [
    `The log lacks what was seen of it: ${loss.reason}.`,
    `It was followed to position ${seenTo}, and its last commit is at ${logEnd}.`,
    '',
    unknown.length === 0
      ? 'Nothing lies on a backend that it does not know.'
      : `On backends lie ${unknown.length} objects that it does not know; nobody removes them but a reconcile pass or you:`,
    ...shown(
      table(
        [
          { title: 'KIND', text: ({ kind }) => kind },
          { title: 'ID', text: ({ id }) => id },
          { title: 'POOL', text: ({ pool }) => pool ?? '-' },
          { title: 'PROJECT', text: ({ projectId }) => projectId },
          { title: 'WAS', text: ({ status }) => status },
          { title: 'NAME', text: ({ name }) => name ?? '-' },
        ],
        unknown.slice(0, rowsMax),
        '',
      ),
      unknown.length,
    ),
    '',
    older.length === 0
      ? 'Nothing goes back to an older state.'
      : `${older.length} go back to an older state, from which work goes on:`,
    ...shown(
      table(
        [
          { title: 'KIND', text: ({ kind }) => kind },
          { title: 'ID', text: ({ id }) => id },
          { title: 'WAS', text: ({ was }) => was },
          { title: 'BECOMES', text: ({ becomes }) => becomes },
        ],
        older.slice(0, rowsMax),
        '',
      ),
      older.length,
    ),
    '',
    accepted
      ? 'The log was accepted as it is, and the tables are made from it. The apps end now and start anew from what it holds; ' +
        'a process that nobody starts again has to be started.'
      : 'Nothing was changed. Bring the log back whole if you can (a copy of the store of NATS); else run this again with --yes.',
  ].join('\n');
}

function shown(text: string, count: number): string[] {
  if (count === 0) return [];
  return count > rowsMax ? [text, `… and ${count - rowsMax} more (--json has all)`] : [text];
}
