import { z } from 'zod';
import { updateQuotaClassSchema, updateQuotaSchema } from '../quotas/quota.request';
import { flag, text } from './parameters';
import { defineRoutes } from './route';

const limit = z.int().min(-1).describe('-1 is unlimited.');
const used = z.int().min(0);
const usage = z.strictObject({ limit, in_use: used, reserved: used });

/** Limits by resource, and the project or class as `id`. */
const limits = z.object({ id: z.string().optional() }).catchall(limit);
const quotaSet = z.strictObject({ quota_set: limits }).meta({ title: 'QuotaSet' });
const quotaUsage = z
  .strictObject({ quota_set: z.object({ id: z.string() }).catchall(z.union([limit, usage])) })
  .meta({ title: 'QuotaUsage' });
const quotaClass = z.strictObject({ quota_class_set: limits }).meta({ title: 'QuotaClass' });

const absolute = z.strictObject({
  maxTotalVolumes: limit,
  maxTotalSnapshots: limit,
  maxTotalVolumeGigabytes: limit,
  maxTotalBackups: limit,
  maxTotalBackupGigabytes: limit,
  totalVolumesUsed: used.optional(),
  totalGigabytesUsed: used.optional(),
  totalSnapshotsUsed: used.optional(),
  totalBackupsUsed: used.optional(),
  totalBackupGigabytesUsed: used.optional(),
});

/** How often requests are taken; empty where nothing limits them. */
const rate = z.strictObject({
  uri: z.string(),
  regex: z.string(),
  limit: z.array(
    z.strictObject({
      verb: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
      value: used,
      remaining: used,
      unit: z.literal('MINUTE'),
      'next-available': z.string(),
    }),
  ),
});

const ofQuota = '/v3/{project_id}/os-quota-sets/{quota_project_id}';
const ofClass = '/v3/{project_id}/os-quota-class-sets/{class_name}';

/** What projects may use, and what they use. */
export const quotaRoutes = defineRoutes([
  {
    operation: 'quotas.show',
    method: 'GET',
    path: ofQuota,
    projectOptional: true,
    summary: 'Show what a project may use.',
    policy: 'volume_extension:quotas:show',
    parameters: [flag('usage', 'With what is used and reserved.')],
    success: { status: 200, schema: quotaUsage },
    refusals: [400],
    parity: { different: 'Users are told nothing of volume types that their project may not use.' },
  },
  {
    operation: 'quotas.defaults',
    method: 'GET',
    path: `${ofQuota}/defaults`,
    projectOptional: true,
    summary: 'Show what projects may use that have no limits of their own.',
    policy: 'volume_extension:quotas:show',
    success: { status: 200, schema: quotaSet },
    refusals: [400],
    parity: { different: 'Users are told nothing of volume types that their project may not use.' },
  },
  {
    operation: 'quotas.update',
    method: 'PUT',
    path: ofQuota,
    projectOptional: true,
    summary: 'Set limits of a project.',
    policy: 'volume_extension:quotas:update',
    body: { title: 'UpdateQuota', schema: updateQuotaSchema },
    success: { status: 200, schema: quotaSet },
    parity: 'kept',
  },
  {
    operation: 'quotas.delete',
    method: 'DELETE',
    path: ofQuota,
    projectOptional: true,
    summary: 'Let a project have the default limits again.',
    policy: 'volume_extension:quotas:delete',
    success: { status: 200 },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'quotaClasses.show',
    method: 'GET',
    path: ofClass,
    projectOptional: true,
    summary: 'Show the limits of a quota class; `default` holds for every project without limits of its own.',
    policy: 'volume_extension:quota_classes:get',
    success: { status: 200, schema: quotaClass },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'quotaClasses.update',
    method: 'PUT',
    path: ofClass,
    projectOptional: true,
    summary: 'Set limits of a quota class.',
    policy: 'volume_extension:quota_classes:update',
    body: { title: 'UpdateQuotaClass', schema: updateQuotaClassSchema },
    success: { status: 200, schema: quotaClass },
    parity: 'kept',
  },
  {
    operation: 'limits.show',
    method: 'GET',
    path: '/v3/{project_id}/limits',
    projectOptional: true,
    summary: 'Show what the project may use and uses.',
    policy: 'hearth:limits',
    parameters: [text('project_id', 'Of this project; for administrators, from 3.39.')],
    success: {
      status: 200,
      schema: z.strictObject({ limits: z.strictObject({ rate: z.array(rate), absolute }) }).meta({ title: 'Limits' }),
    },
    refusals: [400],
    parity: 'kept',
  },
]);
