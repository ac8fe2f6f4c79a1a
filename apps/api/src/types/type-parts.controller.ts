import {
  createdEncryptionView,
  FaultError,
  parseCreateEncryption,
  parseCreateSpecs,
  parseUpdateEncryption,
  parseUpdateSpec,
  refuseCacheableMultiattach,
  typeAccessView,
  typeEncryptionView,
  visibleSpecs,
} from '@hearth/cinder-v3';
import {
  createTypeEncryption,
  deleteTypeEncryption,
  listTypeAccess,
  setExtraSpecs,
  unsetExtraSpec,
  updateTypeEncryption,
} from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { configured } from './configured';
import { findType } from './find-type';
import { typeSight } from './type-sight';

/** Extra specs, access and encryption of volume types. */
@Controller()
export class TypePartsController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('types.specs.list')
  async specs(@Param('type_id') id: string, @Call() call: CallContext) {
    const { extraSpecs } = await findType(this.services, id, call);
    return { extra_specs: visibleSpecs(extraSpecs, typeSight(call.caller)) };
  }

  @Serves('types.specs.create')
  async createSpecs(@Param('type_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    await this.setSpecs(id, parseCreateSpecs(body ?? {}), call);
    return body;
  }

  @Serves('types.specs.show')
  async spec(@Param('type_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    const { extraSpecs } = await findType(this.services, id, call);
    const visible = visibleSpecs(extraSpecs, typeSight(call.caller));
    if (!Object.hasOwn(visible, key)) throw specMissing(id, key);
    return { [key]: visible[key] };
  }

  @Serves('types.specs.update')
  async updateSpec(
    @Param('type_id') id: string,
    @Param('key') key: string,
    @Body() body: unknown,
    @Call() call: CallContext,
  ) {
    await this.setSpecs(id, parseUpdateSpec(body ?? {}, key), call);
    return body;
  }

  @Serves('types.specs.delete')
  async deleteSpec(@Param('type_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    await findType(this.services, id, call);
    call.authorise();
    await configured({ typeId: id }, () => unsetExtraSpec(this.services.database, id, key));
  }

  @Serves('types.access.list')
  async access(@Param('type_id') id: string, @Call() call: CallContext) {
    const { isPublic } = await findType(this.services, id, call);
    const message = 'Access list not available for public volume types.';
    if (isPublic) throw new FaultError({ status: 404, message });
    return typeAccessView(id, await listTypeAccess(this.services.database, id));
  }

  @Serves('types.encryption.show')
  async encryption(@Param('type_id') id: string, @Call() call: CallContext) {
    const { encryption } = await findType(this.services, id, call);
    return encryption ? typeEncryptionView(id, encryption) : {};
  }

  @Serves('types.encryption.create')
  async createEncryption(@Param('type_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    const { sent, spec } = parseCreateEncryption(body ?? {});
    await findType(this.services, id, call);
    const encryption = { ...spec, encryptionId: this.services.newId(), at: this.now() };
    const named = { typeId: id, whenInUse: 'Cannot create encryption specs. Volume type in use.' };
    const { encryptionId } = await configured(named, () =>
      createTypeEncryption(this.services.database, id, encryption),
    );
    return createdEncryptionView(id, encryptionId, sent);
  }

  @Serves('types.encryption.showField')
  async encryptionField(@Param('type_id') id: string, @Param('key') key: string, @Call() call: CallContext) {
    const { encryption } = await findType(this.services, id, call);
    const fields: Readonly<Record<string, unknown>> = encryption ? typeEncryptionView(id, encryption) : {};
    if (Object.hasOwn(fields, key)) return { [key]: fields[key] };
    throw new FaultError({ status: 404, message: `Volume type encryption for type ${id} does not exist.` });
  }

  @Serves('types.encryption.update')
  async updateEncryption(@Param('type_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    const { sent, change } = parseUpdateEncryption(body ?? {});
    await findType(this.services, id, call);
    const named = { typeId: id, whenInUse: 'Cannot update encryption specs. Volume type in use.' };
    await configured(named, () => updateTypeEncryption(this.services.database, id, { ...change, at: this.now() }));
    return { encryption: sent };
  }

  @Serves('types.encryption.delete')
  async deleteEncryption(@Param('type_id') id: string, @Call() call: CallContext) {
    await findType(this.services, id, call);
    const named = { typeId: id, whenInUse: 'Cannot delete encryption specs. Volume type in use.' };
    await configured(named, () => deleteTypeEncryption(this.services.database, id));
  }

  private async setSpecs(id: string, specs: Readonly<Record<string, string>>, call: CallContext): Promise<void> {
    const { database } = this.services;
    await findType(this.services, id, call);
    await configured({ typeId: id }, () => setExtraSpecs(database, id, specs, refuseCacheableMultiattach));
  }

  private now(): string {
    return new Date(this.services.clock.now()).toISOString();
  }
}

function specMissing(typeId: string, key: string): FaultError {
  const message = `Volume Type ${typeId} has no extra specs with key ${key}.`;
  return new FaultError({ status: 404, message });
}
