import {
  type ConnectorFields,
  legacyConnection,
  parseAttach,
  parseDetach,
  parseInitializeConnection,
  parseTerminateConnection,
  type RefusedOperation,
} from '@hearth/cinder-v3';
import { legacyAttachmentOf, type VolumeCommand } from '@hearth/domain';
import type { CallContext } from '../http/request-context';
import type { ActionHandler } from '../http/run-action';
import { changeVolume, type FoundVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { needsService } from './change-attachment';
import { disconnectedBy, untilConnected, untilDisconnected } from './host-work';

/** What the older actions of a volume do to its attachments, by the key of the body. */
export function volumeAttachmentHandlers(
  services: VolumeServices,
): Readonly<Record<string, ActionHandler<FoundVolume>>> {
  const change =
    (command: VolumeCommand, operation?: RefusedOperation): ActionHandler<FoundVolume> =>
    async (found, _argument, call) => {
      const data = { multiattach: found.state.details.multiattach };
      await changeVolume(services, found, command, call, operation && { operation, data });
    };
  return {
    'os-reserve': change({ do: 'Reserve' }, 'reserve a volume'),
    'os-unreserve': change({ do: 'Unreserve' }),
    'os-begin_detaching': change({ do: 'BeginDetaching' }, 'begin to detach a volume'),
    'os-roll_detaching': change({ do: 'RollDetaching' }),
    'os-attach': (found, argument, call) => {
      const command = { do: 'LegacyAttach', attachmentId: services.newId(), ...parseAttach(argument) } as const;
      return change(command, 'attach a volume')(found, argument, call);
    },
    'os-initialize_connection': (found, argument, call) =>
      initializeConnection(services, found, parseInitializeConnection(argument), call),
    'os-terminate_connection': (found, argument, call) =>
      end(services, found, { do: 'LegacyTerminate', connector: parseTerminateConnection(argument) }, call),
    'os-detach': (found, argument, call) =>
      end(services, found, { do: 'LegacyDetach', attachmentId: parseDetach(argument) }, call),
    'os-force_detach': (found, argument, call) =>
      end(services, found, { do: 'ForceDetach', attachmentId: parseDetach(argument) }, call),
  };
}

/** Connects the attachment there is, or one that is made for it, and answers how it is reached when the host has done it. */
async function initializeConnection(
  services: VolumeServices,
  found: FoundVolume,
  connector: ConnectorFields,
  call: CallContext,
) {
  const command = { do: 'LegacyConnect', attachmentId: services.newId(), connector } as const;
  const decided = await changeVolume(services, found, command, call, { operation: 'initialize a connection' });
  const { state } = decided;
  const attachment = state.status === 'provisioned' ? legacyAttachmentOf(state, connector) : undefined;
  const attachmentId = attachment?.id ?? command.attachmentId;
  const waited = { volumeId: found.id, attachmentId, asked: 'initialize' } as const;
  return legacyConnection(await untilConnected(services, decided, waited));
}

type Cut = Extract<VolumeCommand, { do: 'LegacyTerminate' | 'LegacyDetach' | 'ForceDetach' }>;

/** Ends connections, where the caller may; the host is waited for. */
async function end(services: VolumeServices, found: FoundVolume, cut: Cut, call: CallContext) {
  const command = { ...cut, unlessUsed: needsService(services, call) };
  const decided = await changeVolume(services, found, command, call, { operation: 'detach a volume' });
  const attachmentIds = disconnectedBy(decided.events);
  await untilDisconnected(services, decided, { volumeId: found.id, attachmentIds, asked: 'terminate' });
}
