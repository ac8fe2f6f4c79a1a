import {
  badRequest,
  changedVolumeTypeView,
  createdVolumeTypeView,
  FaultError,
  parseCreateType,
  parseListTypes,
  parseUpdateType,
  projectOfAccess,
  volumeTypeList,
  volumeTypeView,
} from '@hearth/cinder-v3';
import {
  addTypeAccess,
  createVolumeType,
  deleteVolumeType,
  listVolumeTypes,
  removeTypeAccess,
  updateVolumeType,
} from '@hearth/read-model';
import { Body, Controller, Inject, Param, Res } from '@nestjs/common';
import { answerAction, type StatusReply } from '../http/answer-action';
import { Call, type CallContext } from '../http/request-context';
import { runAction } from '../http/run-action';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { configured } from './configured';
import { findType } from './find-type';
import { typeSight } from './type-sight';

/** Kinds of volumes. */
@Controller()
export class TypesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('types.list')
  async list(@Call() call: CallContext) {
    const { base, path, query, minor, caller, projectId } = call;
    const sight = typeSight(caller);
    const { filters, ...asked } = parseListTypes(query, { minor, isAdmin: caller.isAdmin, sight });
    const page = { limit: asked.limit, base, path, query };
    if (filters === 'nothing') return volumeTypeList({ types: [], ...page }, sight);
    const { rows } = await listVolumeTypes(this.services.database, { projectId, filters, ...asked });
    return volumeTypeList({ types: rows, ...page }, sight);
  }

  @Serves('types.create')
  async create(@Body() body: unknown, @Call() { caller }: CallContext) {
    const { database, newId } = this.services;
    const request = parseCreateType(body ?? {});
    const type = await configured({}, () => createVolumeType(database, { id: newId(), ...request }));
    return { volume_type: createdVolumeTypeView(type, typeSight(caller)) };
  }

  @Serves('types.showDefault')
  async showDefault(@Call() { caller, projectId }: CallContext) {
    const { reads, defaults } = this.services;
    const type = await reads.findDefaultType(defaults.volumeType, projectId);
    if (!type) throw defaultMissing(defaults.volumeType);
    // As in Cinder, which knows the type under `default` and not under its id by then.
    return { volume_type: volumeTypeView(type, { ...typeSight(caller), access: false }) };
  }

  @Serves('types.show')
  async show(@Param('type_id') id: string, @Call() call: CallContext) {
    const type = await findType(this.services, id, call);
    call.authorise();
    return { volume_type: volumeTypeView(type, typeSight(call.caller)) };
  }

  @Serves('types.update')
  async update(@Param('type_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    const change = parseUpdateType(body ?? {});
    const { name } = await findType(this.services, id, call);
    const isDefault = name === this.services.defaults.volumeType;
    // Volumes that name no type would find none any more.
    if (isDefault && change.name !== undefined && change.name !== name) throw keepsItsName(id);
    const type = await configured({ typeId: id }, () => updateVolumeType(this.services.database, id, change));
    return { volume_type: changedVolumeTypeView(type) };
  }

  @Serves('types.delete')
  async delete(@Param('type_id') id: string, @Call() call: CallContext) {
    const { database, defaults } = this.services;
    await findType(this.services, id, call);
    const named = { typeId: id, whenInUse: 'Target volume type is still in use.' };
    await configured(named, () => deleteVolumeType(database, id, defaults.volumeType));
  }

  @Serves('types.action')
  act(
    @Param('type_id') id: string,
    @Body() body: unknown,
    @Call() call: CallContext,
    @Res({ passthrough: true }) reply: StatusReply,
  ) {
    const find = () => findType(this.services, id, call);
    const change = (act: typeof addTypeAccess) => async (_type: unknown, argument: unknown) => {
      const projectId = projectOfAccess(argument);
      await configured({ typeId: id, projectId }, () => act(this.services.database, id, projectId));
    };
    const handlers = { addProjectAccess: change(addTypeAccess), removeProjectAccess: change(removeTypeAccess) };
    return answerAction(reply, runAction('types.action', body, call, { find, handlers }));
  }
}

const keepsItsName = (id: string) =>
  badRequest(`The volume type ${id} is a default volume type and cannot be renamed.`);

/** An operator has removed the type that volumes get that name none. */
function defaultMissing(name: string): FaultError {
  const message = `The request cannot be fulfilled as the default volume type ${name} cannot be found.`;
  return new FaultError({ status: 500, message });
}
