import type { RefusalCode } from '@hearth/contracts';
import type { Fault } from '../fault';
import type { FaultOf, Refused } from '../refused';

type Faults = Readonly<Partial<Record<RefusalCode, FaultOf>>>;

const invalidVolume = (reason: string): Fault => ({ status: 400, message: `Invalid volume: ${reason}` });

const isInError = ({ data }: Refused) => String(data['status']).includes('error');
const inError = ({ subject, data }: Refused, what: string) =>
  `Volume attachments can not be ${what} if the volume is in an error state. ` +
  `The Volume ${subject} currently has a status of: ${data['status']} `;
const duplicate = ({ subject }: Refused) => `duplicate connectors detected on volume ${subject}`;
const reservable = ({ data }: Refused) => (data['multiattach'] === true ? 'available or in-use' : 'available');

const cannotReserve: FaultOf = (refused) =>
  invalidVolume(
    isInError(refused)
      ? inError(refused, 'created')
      : `Volume ${refused.subject} status must be ${reservable(refused)} to reserve, but the current status is ${refused.data['status']}.`,
  );
const cannotHold: FaultOf = (refused) =>
  invalidVolume(
    `Volume status must be ${reservable(refused)} to reserve, but the status is ${refused.data['status']}.`,
  );

/** Cinder answers these with 500; they are the client's to mend. */
const cannotUpdate = (reason: string): Fault => ({ status: 400, message: `Unable to update attachment.(${reason}).` });

const inMaintenance =
  (sentence: string): FaultOf =>
  ({ subject, data }) =>
    invalidVolume(
      data['status'] === 'maintenance'
        ? sentence
        : `the status of volume ${subject}, ${data['status']}, does not allow this.`,
    );

/** What each thing that can be asked of an attachment says where Cinder has a sentence of its own for it. */
export const attachmentRefusals = {
  'create an attachment': {
    'volume.wrong_status': cannotReserve,
    'volume.not_multiattach': cannotReserve,
    'attachment.exists': (refused) => invalidVolume(duplicate(refused)),
  },
  'update an attachment': {
    'volume.wrong_status': (refused) =>
      cannotUpdate(
        `Invalid volume: ${
          isInError(refused)
            ? inError(refused, 'updated')
            : `the status of volume ${refused.subject}, ${refused.data['status']}, does not allow this`
        }`,
      ),
    'attachment.exists': (refused) => cannotUpdate(`Invalid volume: ${duplicate(refused)}`),
    'attachment.wrong_status': ({ data }) => cannotUpdate(`Invalid volume: the attachment is ${data['status']}`),
  },
  'complete an attachment': {
    'attachment.not_connected': ({ data }) =>
      invalidVolume(`the attachment is ${data['status']}, and has to be connected before it is completed.`),
  },
  'reserve a volume': { 'volume.wrong_status': cannotHold, 'volume.not_multiattach': cannotHold },
  'begin to detach a volume': {
    'volume.wrong_status': () =>
      invalidVolume(
        "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
      ),
  },
  'attach a volume': {
    'volume.wrong_status': inMaintenance('The volume cannot be attached in maintenance mode.'),
    'volume.not_multiattach': () =>
      invalidVolume('volume is already attached and multiple attachments are not enabled'),
  },
  'initialize a connection': {
    'volume.wrong_status': inMaintenance('The volume connection cannot be initialized in maintenance mode.'),
  },
  'detach a volume': {
    'volume.wrong_status': inMaintenance('The volume cannot be detached in maintenance mode.'),
    'attachment.ambiguous': () =>
      invalidVolume('Detach volume failed: More than one attachment, but no attachment_id provided.'),
  },
} as const satisfies Readonly<Record<string, Faults>>;
