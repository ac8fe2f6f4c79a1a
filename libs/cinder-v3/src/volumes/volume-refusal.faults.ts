import type { RefusalCode } from '@hearth/contracts';
import type { Fault } from '../fault';
import type { FaultOf } from '../refused';

type Faults = Readonly<Partial<Record<RefusalCode, FaultOf>>>;

const bad = (message: string): Fault => ({ status: 400, message });
const invalidVolume = (reason: string): Fault => bad(`Invalid volume: ${reason}`);

const deletableStatuses =
  'status must be available or error or error_restoring or error_extending or error_managing and ';

/** Cinder's words for a volume that cannot be deleted, or let go. */
const undeletable: FaultOf = ({ data }) =>
  invalidVolume(
    `Volume ${data['force'] === true ? '' : deletableStatuses}must not be migrating, attached, belong to a group, ` +
      'have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.',
  );
const deletion: Faults = {
  'volume.busy': undeletable,
  'volume.has_snapshots': undeletable,
  'volume.is_attached': undeletable,
  'volume.wrong_status': undeletable,
};

const retypeNeeds: FaultOf = () =>
  invalidVolume(
    'Retype needs volume to be in available or in-use state, not be part of an active migration or a consistency group, ' +
      'requested type has to be different that the one from the volume, and for in-use volumes front-end qos specs cannot change.',
  );

const metadataIn =
  (what: string): FaultOf =>
  ({ data }) =>
    invalidVolume(`${what} volume metadata is not allowed for volumes in ${data['status']} status.`);

/** What each thing that can be asked of a volume says where Cinder has a sentence of its own for it. */
export const volumeRefusals = {
  'delete a volume': deletion,
  'unmanage a volume': {
    ...deletion,
    'volume.encrypted': () => bad('Unmanaging encrypted volumes is not supported.'),
  },
  'update a volume': {
    'volume.wrong_status': () => invalidVolume('The volume cannot be updated during maintenance.'),
  },
  'update metadata': { 'volume.wrong_status': metadataIn('Updating') },
  'delete metadata': { 'volume.wrong_status': metadataIn('Deleting') },
  'delete image metadata': {
    'volume.wrong_status': metadataIn('Deleting'),
    'volume.metadata_key_not_found': ({ subject }) => ({
      status: 404,
      message: `Glance metadata for volume/snapshot ${subject} cannot be found.`,
    }),
  },
  'set the read-only flag': {
    'volume.wrong_status': ({ subject, data }) =>
      invalidVolume(
        `Volume ${subject} status must be available to update readonly flag, but current status is: ${data['status']}.`,
      ),
  },
  'extend a volume': {
    'volume.wrong_status': ({ subject, data }) =>
      invalidVolume(
        `Volume ${subject} status must be '{'status': 'available'}' to extend, currently ${data['status']}.`,
      ),
  },
  'retype a volume': {
    'volume.wrong_status': retypeNeeds,
    'volume.same_type': retypeNeeds,
    'volume.retype_in_use': (refused) =>
      refused.data['change'] === 'multiattach'
        ? bad(
            'Invalid input received: Invalid volume_type passed, retypes affecting multiattach are only allowed on available ' +
              `volumes, the specified volume however currently has a status of: ${refused.data['status']}.`,
          )
        : retypeNeeds(refused),
  },
  'revert a volume': {
    'volume.wrong_status': ({ subject, data }) => ({
      status: 409,
      message: `Invalid volume: ${cannotRevert(subject, data)} Volume's status must be 'available'.`,
    }),
    'snapshot.wrong_status': ({ subject, data }) => ({
      status: 409,
      message: `Invalid snapshot: ${cannotRevert(subject, data)} Snapshot's status must be 'available'.`,
    }),
    'snapshot.not_found': ({ subject, data }) => bad(notLatest(subject, data)),
    'snapshot.not_latest': ({ subject, data }) => bad(notLatest(subject, data)),
    'snapshot.size_differs': ({ subject, data }) =>
      bad(`${cannotRevert(subject, data)} The volume size must be equal to the snapshot size.`),
  },
  'upload a volume': {
    'volume.wrong_status': ({ subject, data }) =>
      invalidVolume(`Volume ${subject} status must be ${data['force'] === true ? 'available or in-use' : 'available'}`),
  },
  're-image a volume': {
    'volume.wrong_status': ({ subject, data }) =>
      invalidVolume(
        `Volume ${subject} status must be available or error${data['reserved'] === true ? ' or reserved' : ''}, ` +
          `but current status is ${data['status']}.`,
      ),
  },
} as const satisfies Readonly<Record<string, Faults>>;

type Data = Parameters<FaultOf>[0]['data'];

const cannotRevert = (volumeId: string, data: Data) =>
  `Can't revert volume ${volumeId} to its latest snapshot ${data['snapshotId']}.`;
const notLatest = (volumeId: string, data: Data) =>
  `Specified snapshot ${data['snapshotId'] ?? 'None'} is None or not the latest one of volume ${volumeId}.`;
