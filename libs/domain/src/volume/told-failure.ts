import type { Failure } from '@hearth/contracts';
import type { VolumeCommand } from './volume.commands';

/** Characters of what an operator is told of a failure: programs and many pools can have much to say. */
const detailCharsMax = 16_384;
/** Pools whose rejection is stored with a placement. */
const rejectedMax = 500;

/** The command with no more words than a commit has room for, whoever sends it. */
export function bounded(command: VolumeCommand): VolumeCommand {
  const shorter = 'failure' in command ? { ...command, failure: shortened(command.failure) } : command;
  return 'rejected' in shorter && shorter.rejected.length > rejectedMax
    ? { ...shorter, rejected: shorter.rejected.slice(0, rejectedMax) }
    : shorter;
}

function shortened(failure: Failure): Failure {
  const { detail } = failure;
  if (detail === undefined || detail.length <= detailCharsMax) return failure;
  return { ...failure, detail: `${detail.slice(0, detailCharsMax)}…` };
}
