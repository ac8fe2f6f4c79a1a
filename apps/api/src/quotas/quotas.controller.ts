import {
  allows,
  booleanOf,
  checkQuotaName,
  forbidden,
  limitsOf,
  limitsView,
  parseUpdateQuota,
  parseUpdateQuotaClass,
  policies,
  quotaClassView,
  quotaSetView,
  quotaUsageView,
  refuseBelowUse,
  withoutTypes,
} from '@hearth/cinder-v3';
import {
  clearQuotaLimits,
  findQuotaClass,
  findQuotaLimits,
  findQuotaSet,
  listHiddenTypeNames,
  setQuotaClass,
  setQuotaLimits,
} from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** What projects may use, and what they use. */
@Controller()
export class QuotasController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('quotas.show')
  async show(@Param('quota_project_id') projectId: string, @Call() call: CallContext) {
    checkOwn(projectId, call);
    const usage = booleanOf(call.query.get('usage') ?? 'false', 'usage');
    const quotas = await this.inSight(await findQuotaSet(this.services.database, projectId), call);
    return usage ? quotaUsageView(projectId, quotas) : quotaSetView(limitsOf(quotas), projectId);
  }

  @Serves('quotas.defaults')
  async defaults(@Param('quota_project_id') projectId: string, @Call() call: CallContext) {
    checkOwn(projectId, call);
    return quotaSetView(await this.inSight(await findQuotaClass(this.services.database), call), projectId);
  }

  @Serves('quotas.update')
  async update(@Param('quota_project_id') projectId: string, @Body() body: unknown) {
    const { database } = this.services;
    checkQuotaName(projectId, 'quota_set_name');
    const quotas = await findQuotaSet(database, projectId);
    const limits = parseUpdateQuota(body ?? {}, Object.keys(quotas));
    // As in Cinder: the first limit of a project's own may be below its use; it then stops what is new.
    const own = await findQuotaLimits(database, projectId);
    const limited = Object.entries(quotas).filter(([resource]) => Object.hasOwn(own, resource));
    refuseBelowUse(limits, Object.fromEntries(limited));
    await setQuotaLimits(database, projectId, limits);
    return quotaSetView(limitsOf(await findQuotaSet(database, projectId)));
  }

  @Serves('quotas.delete')
  async delete(@Param('quota_project_id') projectId: string) {
    checkQuotaName(projectId, 'quota_set_name');
    await clearQuotaLimits(this.services.database, projectId);
  }

  @Serves('quotaClasses.show')
  async showClass(@Param('class_name') name: string) {
    checkQuotaName(name, 'quota_class_name');
    return quotaClassView(await findQuotaClass(this.services.database, name), name);
  }

  @Serves('quotaClasses.update')
  async updateClass(@Param('class_name') name: string, @Body() body: unknown) {
    const { database } = this.services;
    checkQuotaName(name, 'quota_class_name');
    const resources = Object.keys(await findQuotaClass(database, name));
    await setQuotaClass(database, name, parseUpdateQuotaClass(body ?? {}, resources));
    return quotaClassView(await findQuotaClass(database, name));
  }

  @Serves('limits.show')
  async limits(@Call() { caller, projectId, minor, query, rates }: CallContext) {
    const asked = caller.isAdmin && minor >= 39 ? (query.get('project_id') ?? query.get('tenant_id')) : null;
    if (asked !== null) checkQuotaName(asked, 'quota_set_name');
    const quotas = await findQuotaSet(this.services.database, asked ?? projectId);
    const withUsed = allows(policies['limits_extension:used_limits'], caller);
    return limitsView(quotas, { withUsed, rates: rates() });
  }

  /** What there is of types that the project may not use is nothing for its users to know, not even their names. */
  private async inSight<Value>(
    byResource: Readonly<Record<string, Value>>,
    { caller, projectId }: CallContext,
  ): Promise<Readonly<Record<string, Value>>> {
    if (caller.isAdmin) return byResource;
    return withoutTypes(byResource, await listHiddenTypeNames(this.services.database, projectId));
  }
}

/** Another project's limits are for administrators. Throws faults of 400 and 403. */
function checkOwn(projectId: string, { caller, projectId: own }: CallContext): void {
  checkQuotaName(projectId, 'quota_set_name');
  if (!caller.isAdmin && projectId !== own) throw forbidden('volume_extension:quotas:show');
}
