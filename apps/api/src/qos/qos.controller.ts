import {
  badRequest,
  booleanOf,
  FaultError,
  parseCreateQos,
  parseListQos,
  parseSetQos,
  parseUnsetQos,
  qosAssociationsView,
  qosSpecsList,
  qosSpecsView,
} from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import {
  associateQosSpecs,
  createQosSpecs,
  deleteQosSpecs,
  disassociateQosSpecs,
  findQosSpecs,
  listQosAssociations,
  listQosSpecs,
  setQosSpecs,
  unsetQosSpecs,
} from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext, viewContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { configured } from '../types/configured';
import { findType } from '../types/find-type';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** Specs that volumes of a type are to keep to. */
@Controller()
export class QosController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('qos.list')
  async list(@Call() call: CallContext) {
    const { filters, ...asked } = parseListQos(call.query);
    const page = { limit: asked.limit, path: call.path, query: call.query };
    if (filters === 'nothing') return qosSpecsList({ all: [], ...page }, viewContext(call));
    const { rows } = await listQosSpecs(this.services.database, { filters, ...asked });
    return qosSpecsList({ all: rows, ...page }, viewContext(call));
  }

  @Serves('qos.create')
  async create(@Body() body: unknown, @Call() call: CallContext) {
    const { database, newId } = this.services;
    const request = parseCreateQos(body ?? {});
    const qos = await configured({}, () => createQosSpecs(database, { id: newId(), ...request }));
    return qosSpecsView(qos, viewContext(call));
  }

  @Serves('qos.show')
  async show(@Param('qos_id') id: string, @Call() call: CallContext) {
    const qos = isUuid(id) ? await findQosSpecs(this.services.database, id) : undefined;
    if (!qos) throw qosNotFound(id);
    return qosSpecsView(qos, viewContext(call));
  }

  @Serves('qos.set')
  async set(@Param('qos_id') id: string, @Body() body: unknown) {
    const change = parseSetQos(body ?? {});
    await this.change(id, () => setQosSpecs(this.services.database, id, change));
    return body;
  }

  @Serves('qos.unset')
  async unset(@Param('qos_id') id: string, @Body() body: unknown) {
    const keys = parseUnsetQos(body ?? {});
    await this.change(id, () => unsetQosSpecs(this.services.database, id, keys));
  }

  @Serves('qos.delete')
  async delete(@Param('qos_id') id: string, @Call() { query }: CallContext) {
    const force = booleanOf(query.get('force') ?? 'false', 'force');
    await this.change(id, () => deleteQosSpecs(this.services.database, id, { force }));
  }

  @Serves('qos.associations')
  async associations(@Param('qos_id') id: string) {
    return qosAssociationsView(await this.change(id, () => listQosAssociations(this.services.database, id)));
  }

  @Serves('qos.associate')
  async associate(@Param('qos_id') id: string, @Call() call: CallContext) {
    const typeId = await this.typeIn(call);
    await this.change(id, () => associateQosSpecs(this.services.database, id, typeId), typeId);
  }

  @Serves('qos.disassociate')
  async disassociate(@Param('qos_id') id: string, @Call() call: CallContext) {
    const typeId = await this.typeIn(call);
    await this.change(id, () => disassociateQosSpecs(this.services.database, id, typeId), typeId);
  }

  @Serves('qos.disassociateAll')
  async disassociateAll(@Param('qos_id') id: string) {
    await this.change(id, () => disassociateQosSpecs(this.services.database, id, 'all'));
  }

  /** The type that the query names. Throws faults of 400 and 404. */
  private async typeIn(call: CallContext): Promise<string> {
    const typeId = call.query.get('vol_type_id');
    if (!typeId) throw badRequest('Volume Type id must not be None.');
    return (await findType(this.services, typeId, call)).id;
  }

  private change<Result>(id: string, work: () => Promise<Result>, typeId?: string): Promise<Result> {
    if (!isUuid(id)) throw qosNotFound(id);
    return configured({ qosSpecsId: id, ...(typeId !== undefined && { typeId }) }, work);
  }
}

const qosNotFound = (id: string) => new FaultError({ status: 404, message: `No such QoS spec ${id}.` });
