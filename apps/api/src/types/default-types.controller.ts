import { badRequest, defaultTypeView, FaultError, isStorable, parseSetDefaultType } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import {
  ConfigurationError,
  findDefaultType,
  listDefaultTypes,
  setDefaultType,
  unsetDefaultType,
} from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { configured } from './configured';
import { findTypeLike } from './find-type';

/** The types of projects' volumes that name none. */
@Controller()
export class DefaultTypesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('defaultTypes.list')
  async list() {
    const all = await listDefaultTypes(this.services.database);
    return { default_types: all.map(defaultTypeView) };
  }

  @Serves('defaultTypes.show')
  async show(@Param('default_project_id') projectId: string) {
    const own = isStorable(projectId) ? await findDefaultType(this.services.database, projectId) : undefined;
    if (!own) throw defaultNotFound(projectId);
    return { default_type: defaultTypeView(own) };
  }

  @Serves('defaultTypes.set')
  async set(@Param('default_project_id') projectId: string, @Body() body: unknown) {
    const wanted = parseSetDefaultType(body ?? {});
    const type = await findTypeLike(this.services, wanted);
    if (!type) throw badRequest(`Volume type ${isUuid(wanted) ? '' : 'with name '}${wanted} could not be found.`);
    if (!isStorable(projectId)) throw projectNotFound(projectId);
    const own = { projectId, volumeTypeId: type.id };
    await configured({ typeId: type.id }, () => setDefaultType(this.services.database, own));
    return { default_type: defaultTypeView(own) };
  }

  @Serves('defaultTypes.unset')
  async unset(@Param('default_project_id') projectId: string) {
    if (!isStorable(projectId)) throw projectNotFound(projectId);
    try {
      await unsetDefaultType(this.services.database, projectId);
    } catch (error) {
      // Again is harmless.
      if (!(error instanceof ConfigurationError && error.code === 'default-type.not-found')) throw error;
    }
  }
}

const defaultNotFound = (projectId: string) =>
  new FaultError({ status: 404, message: `Default type for project ${projectId} not found.` });
const projectNotFound = (projectId: string) =>
  new FaultError({ status: 404, message: `Project with id ${projectId} not found.` });
