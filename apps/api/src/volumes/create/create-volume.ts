import {
  conflict,
  createdVolume,
  FaultError,
  faultOfRefusal,
  overQuotaFault,
  parseCreateVolume,
  type VolumeFields,
} from '@hearth/cinder-v3';
import { type Volume, volumeDecider, type VolumeRequest } from '@hearth/domain';
import { readState, runCommand, wasRefused } from '@hearth/event-sourcing';
import { reservationKey } from '@hearth/read-model';
import { type CallContext, commitContext, viewContext } from '../../http/request-context';
import { idempotencyKey, requestDigest, volumeIdOfKey } from './idempotency';
import { requestedVolume } from './requested-volume';
import { resolveRequest } from './volume-request';
import type { VolumeServices } from '../volume-services';

/** A stream as it was found: a create need not read it again. */
interface Known {
  readonly state: Volume;
  readonly sequence: number;
}

/**
 * Accepts a create: checks it in Cinder's order, holds room for it, stores the decision, and waits for a bounded time until it
 * can be read. Returns the answer's body. Throws faults, and the errors of what is away; what was held is then given back.
 */
export async function createVolume(
  services: VolumeServices,
  body: unknown,
  keyHeader: string | undefined,
  call: CallContext,
) {
  const asked = parseCreateVolume(body, call.minor);
  const key = idempotencyKey(keyHeader);
  const volumeId = key === undefined ? services.newId() : volumeIdOfKey(call.projectId, key);
  const digest = requestDigest(body);
  const known = key === undefined ? unknown : await readState(services.store, volumeDecider, streamOf(volumeId));
  const earlier = earlierRequest(known.state, digest);
  const volume = earlier
    ? await repeated(services, earlier)
    : await acceptVolume(
        services,
        await resolveRequest(services, asked, call, { volumeId, requestDigest: digest }),
        call,
        known,
      );
  return { volume: createdVolume(volume, viewContext(call)) };
}

/** A random id names a stream that is new. */
const unknown: Known = { state: volumeDecider.initialState, sequence: 0 };

const streamOf = (id: string) => ({ category: 'volume', id }) as const;

/** The request that a key stood for before. Throws a fault of 409 when it was another, or its volume is gone or another project's. */
function earlierRequest(volume: Volume, digest: string): VolumeRequest | undefined {
  if (volume.status === 'absent') return undefined;
  const { request } = volume;
  if (request.requestDigest !== digest) {
    throw new FaultError(faultOfRefusal({ refused: 'volume.exists', data: {} }, request.volumeId));
  }
  const fate =
    volume.status === 'deleted'
      ? 'deleted'
      : volume.details.projectId === request.projectId
        ? undefined
        : 'given to another project';
  if (fate === undefined) return request;
  throw conflict(`The Idempotency-Key stands for volume ${request.volumeId}, which was ${fate} since; use a new key.`);
}

/** That the rows cannot be read makes no error of what was accepted before. */
async function repeated({ reads, clock }: VolumeServices, request: VolumeRequest): Promise<VolumeFields> {
  const row = await reads.findVolume(request.volumeId).catch(() => undefined);
  return row ?? requestedVolume(request, new Date(clock.now()).toISOString());
}

/** Holds room for a volume and stores its request. Throws faults; what was held is then given back. */
export async function acceptVolume(
  services: VolumeServices,
  request: VolumeRequest,
  call: CallContext,
  known: Known = unknown,
): Promise<VolumeFields> {
  const { quota, projected } = services;
  const { volumeId, projectId, sizeGib, volumeType } = request;
  const room = { volumes: 1, gigabytes: sizeGib, volumeGib: sizeGib, volumeType };
  const reserved = await quota.reserve({ key: reservationKey.create(volumeId), projectId, ...room });
  if (reserved !== 'reserved') {
    await dropKey(services, request);
    throw new FaultError(overQuotaFault(reserved));
  }
  const acceptedAt = new Date(services.clock.now()).toISOString();
  const { sequence, isNew } = await store(services, request, known, { call, acceptedAt }).catch(async (error) => {
    // Where another request under the same key came first, the room is for its volume.
    if (error instanceof FaultError) await dropKey(services, request);
    // Even if the append went through unseen: from its projection on the volume counts as itself.
    else await quota.release(reservationKey.create(volumeId)).catch(() => undefined);
    throw error;
  });
  const readable = await projected(sequence);
  // Another request under the same key came first: the projection has counted the volume before we held room for it.
  if (!isNew && readable) await quota.release(reservationKey.create(volumeId)).catch(() => undefined);
  if (!isNew) await dropKey(services, request);
  return requestedVolume(request, acceptedAt);
}

/** The key of a volume that was not made: nothing is encrypted with it. */
async function dropKey({ keys }: VolumeServices, { encryptionKeyId }: VolumeRequest) {
  if (encryptionKeyId !== undefined) await keys?.remove(encryptionKeyId);
}

async function store(
  { store: log, newId }: VolumeServices,
  request: VolumeRequest,
  known: Known,
  { call, acceptedAt }: { readonly call: CallContext; readonly acceptedAt: string },
) {
  const environment = { store: log, newId, now: () => acceptedAt };
  const answer = await runCommand(
    environment,
    volumeDecider,
    streamOf(request.volumeId),
    { do: 'RequestVolume', request },
    { ...commitContext(call), known },
  );
  if (wasRefused(answer)) throw new FaultError(faultOfRefusal(answer, request.volumeId));
  return { sequence: answer.sequence, isNew: answer.events.length > 0 };
}
