import { type AskedOfHost, FaultError, hostFault } from '@hearth/cinder-v3';
import type { Connection, Failure, VolumeEvent } from '@hearth/contracts';
import type { Attachment, Volume } from '@hearth/domain';
import type { Followed, Outcome } from '@hearth/event-sourcing';
import type { VolumeServices } from '../volumes/volume-services';

type Services = Pick<VolumeServices, 'hostAnswers' | 'projected'>;
type Decided = Pick<Outcome<Volume, VolumeEvent>, 'state' | 'sequence'>;

/** What a client waits for at one attachment of a volume. */
export interface WaitedFor {
  readonly volumeId: string;
  readonly attachmentId: string;
  readonly asked: AskedOfHost;
}

export function attachmentIn(volume: Volume, id: string): Attachment | undefined {
  return volume.status === 'provisioned' ? volume.attachments.get(id) : undefined;
}

/**
 * Waits until the host has connected an attachment, and returns how it is reached. Throws a fault of 400 for what the backend cannot do,
 * of 409 where the attachment is ended meanwhile, of 500 where the host fails or does not answer in time.
 */
export async function untilConnected(services: Services, decided: Decided, waited: WaitedFor): Promise<Connection> {
  const { attachmentId, asked } = waited;
  const isOver = (volume: Volume) => attachmentIn(volume, attachmentId)?.status !== 'connecting';
  const { state, events } = await hostWork(services, decided, waited, isOver);
  const attachment = attachmentIn(state, attachmentId);
  if (attachment?.connection && !attachment.leaving && attachment.status !== 'disconnecting') {
    return attachment.connection;
  }
  const failure = failureIn(events, 'VolumeAttachmentConnectFailed', attachmentId);
  throw new FaultError(hostFault(asked, failure ?? { outcome: 'overtaken' }));
}

/** Waits until the host has disconnected attachments; gives the volume as it is then. Throws a fault of 500 where it fails or is silent. */
export async function untilDisconnected(
  services: Services,
  decided: Decided,
  waited: Omit<WaitedFor, 'attachmentId'> & { readonly attachmentIds: readonly string[] },
): Promise<Volume> {
  let last = decided.state;
  for (const attachmentId of waited.attachmentIds) {
    const isOver = (volume: Volume) => attachmentIn(volume, attachmentId)?.status !== 'disconnecting';
    const { state, events } = await hostWork(services, decided, { ...waited, attachmentId }, isOver);
    const failure = failureIn(events, 'VolumeAttachmentDisconnectFailed', attachmentId);
    if (failure && attachmentIn(state, attachmentId)) throw new FaultError(hostFault(waited.asked, failure));
    last = state;
  }
  return last;
}

/** The attachments that a decision has the host disconnect. */
export function disconnectedBy(events: readonly VolumeEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'VolumeAttachmentDisconnectRequested' ? event.data.attachmentId : [],
  );
}

async function hostWork(
  { hostAnswers, projected }: Services,
  { state, sequence }: Decided,
  { volumeId, attachmentId, asked }: WaitedFor,
  isOver: (volume: Volume) => boolean,
): Promise<Followed<Volume, VolumeEvent>> {
  const reached = await hostAnswers.until({ id: volumeId, state, sequence }, isOver);
  if (!reached) throw new FaultError(hostFault(asked, { outcome: 'silent', attachmentId }));
  await projected(reached.sequence);
  return reached;
}

/** Why the host could not, if that is how it ended. */
function failureIn(
  events: readonly VolumeEvent[],
  type: 'VolumeAttachmentConnectFailed' | 'VolumeAttachmentDisconnectFailed',
  attachmentId: string,
) {
  const last = events.findLast((event) => event.type === type && event.data.attachmentId === attachmentId);
  if (!last) return undefined;
  const { code, reason } = (last.data as { readonly failure: Failure }).failure;
  return { outcome: 'failed', code, reason } as const;
}
