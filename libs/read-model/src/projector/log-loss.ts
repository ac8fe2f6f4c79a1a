// The log against what is known of it outside: pure comparison, for whoever has both at hand.
import { type LogBounds, LogMissingError, type LogTail } from '@hearth/event-sourcing';
import type { LogRecords } from '../queries/log-records.query';
import type { LogIncidentRow, LogLossCause } from '../tables/log.tables';
import { messageDigest } from './commit-digest';

/** A commit that was seen in the log; its digest is null where only the id is known. */
export interface LogEvidence {
  readonly sequence: number;
  readonly commitId: string;
  readonly commitDigest: string | null;
}

/** What the log lacks. */
export type LogLoss = Pick<LogIncidentRow, 'cause' | 'sequence' | 'commitId' | 'commitDigest' | 'logEnd' | 'reason'>;

export interface LogLook {
  readonly bounds: LogBounds;
  /** The first that was found; undefined where the log holds all that was looked for. */
  readonly loss: LogLoss | undefined;
}

/** What PostgreSQL has seen, newest first, what was missed before included: as long as that is missing the log is not whole. */
export function evidenceOf({ checkpoint, witness, open }: LogRecords): LogEvidence[] {
  return [checkpoint, witness, ...open].flatMap(({ sequence, commitId, commitDigest }) =>
    sequence > 0 && commitId !== null ? [{ sequence, commitId, commitDigest }] : [],
  );
}

/**
 * Looks for each piece of evidence at its place in the log, and whether it has more holes than it had. Throws `StoreUnavailableError`
 * when the log cannot be reached.
 */
export async function lookForLoss(
  tail: LogTail,
  evidence: readonly LogEvidence[],
  goneBefore: number | null,
): Promise<LogLook> {
  try {
    const bounds = await tail.bounds();
    const known = new Map(
      evidence.map((piece) => [`${piece.sequence} ${piece.commitId} ${piece.commitDigest}`, piece]),
    );
    for (const piece of known.values()) {
      const loss = await lookFor(tail, piece, bounds.last);
      if (loss) return { bounds, loss };
    }
    return { bounds, loss: holes(bounds, goneBefore) };
  } catch (error) {
    if (!(error instanceof LogMissingError)) throw error;
    const bounds = { last: 0, gone: 0 };
    const newest = evidence[0];
    return { bounds, loss: newest && lossOf('missing', newest, 0, error.message) };
  }
}

async function lookFor(tail: LogTail, piece: LogEvidence, logEnd: number): Promise<LogLoss | undefined> {
  const { sequence, commitId, commitDigest } = piece;
  const found = await tail.at(sequence);
  const seen = `commit ${commitId} was seen at position ${sequence}`;
  if (!found && sequence > logEnd) return lossOf('shorter', piece, logEnd, `${seen}, and the log ends at ${logEnd}`);
  if (!found) return lossOf('hole', piece, logEnd, `${seen}, and nothing is there any more`);
  if (found.commitId !== commitId)
    return lossOf('replaced', piece, logEnd, `${seen}, and commit ${found.commitId} is there now`);
  if (commitDigest !== null && commitDigest !== messageDigest(found))
    return lossOf('replaced', piece, logEnd, `${seen}, and what is there now has its id and another content`);
  return undefined;
}

/** Nobody takes commits out of the log but an operator, who says so. */
function holes({ last, gone }: LogBounds, goneBefore: number | null): LogLoss | undefined {
  if (goneBefore === null || gone <= goneBefore) return undefined;
  const reason = `${gone} of ${last} positions hold nothing, and it were ${goneBefore} when the log was last sound`;
  return lossOf('purged', { sequence: 0, commitId: null, commitDigest: null }, last, reason);
}

type Missed = Pick<LogLoss, 'sequence' | 'commitId' | 'commitDigest'>;

const lossOf = (
  cause: LogLossCause,
  { sequence, commitId, commitDigest }: Missed,
  logEnd: number,
  reason: string,
): LogLoss => ({ cause, sequence, commitId, commitDigest, logEnd, reason });
