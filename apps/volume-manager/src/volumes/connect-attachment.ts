import type { Connection } from '@hearth/contracts';
import type { Attachment, VolumeDetails, VolumeRequest } from '@hearth/domain';
import { canConnect } from '@hearth/driver-api';
import { objectOf } from '../pools/pool';
import { connectedTo } from './objects-of';
import { type Done, type StepWork, attempt, unsupported } from './step-work';

interface ConnectStep {
  readonly attachment: Attachment;
  readonly request: VolumeRequest;
  readonly details: VolumeDetails;
}

/** Lets the client's host use the volume, and tells how. */
export async function connectAttachment(work: StepWork, step: ConnectStep): Promise<void> {
  const { host, volume } = work;
  const { id: attachmentId } = step.attachment;
  const done = await connect(work, step);
  await volume.record(
    host,
    'failure' in done
      ? { do: 'RecordConnectFailure', attachmentId, failure: done.failure }
      : { do: 'RecordConnected', attachmentId, connection: done.result },
  );
}

async function connect(work: StepWork, { attachment, request, details }: ConnectStep): Promise<Done<Connection>> {
  const { pool, volume } = work;
  const { driver } = pool.backend;
  const { id, connector, mode } = attachment;
  if (!canConnect(driver)) return unsupported('let anybody use its volumes');
  const others = connectedTo(volume.state).filter((other) => other.id !== id);
  if (others.length > 0 && !driver.capabilities.multiattach) {
    return unsupported('let the volume be used', 'by several attachments at once');
  }
  const readOnly = mode === 'ro' || details.readOnly === true;
  const object = objectOf(pool, volume.id);
  const done = await attempt(work, 'connect the volume', () =>
    driver.connect(object, id, connector ?? {}, { readOnly }),
  );
  if ('failure' in done) {
    await attempt(work, 'undo the connection', () => driver.disconnect(object, id));
    return done;
  }
  return { result: asConnection(done.result, { mode: readOnly ? 'ro' : 'rw', request, details }) };
}

/** What every connection says beside what its driver does (Cinder's `initialize_connection`). */
function asConnection(
  { driverVolumeType, data }: Connection,
  { mode, request, details }: { readonly mode: 'ro' | 'rw' } & Pick<ConnectStep, 'request' | 'details'>,
): Connection {
  const qos = details.volumeType.qosSpecs;
  const common = {
    qos_specs: qos && Object.keys(qos).length > 0 ? qos : null,
    access_mode: mode,
    encrypted: request.encryptionKeyId !== undefined,
    cacheable: details.volumeType.extraSpecs['cacheable'] === '<is> True',
  };
  return { driverVolumeType, data: { ...data, ...common } };
}
