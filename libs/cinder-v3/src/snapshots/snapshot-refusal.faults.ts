import type { RefusalCode } from '@hearth/contracts';
import type { FaultOf } from '../refused';

type Faults = Readonly<Partial<Record<RefusalCode, FaultOf>>>;

/** What each thing that can be asked of a snapshot says where Cinder has a sentence of its own for it. */
export const snapshotRefusals = {
  'create a snapshot': {
    'volume.wrong_status': ({ subject, data }) => ({
      status: 400,
      message:
        `Invalid volume: Volume ${subject} status must be available${data['force'] === true ? ' or in-use' : ''}, ` +
        `but current status is: ${data['status']}.`,
    }),
  },
  'delete a snapshot': {
    'snapshot.wrong_status': () => ({
      status: 400,
      message: 'Invalid snapshot: Snapshot status must be available or error to be deleted.',
    }),
  },
  'delete snapshot metadata': {
    'snapshot.metadata_key_not_found': ({ data }) => ({
      status: 404,
      message: `Snapshot ${data['snapshotId']} has no metadata with key ${data['key']}.`,
    }),
  },
} as const satisfies Readonly<Record<string, Faults>>;
