import { z } from 'zod';
import * as response from '../openapi/response.schemas';
import { createVolumeSchema } from '../volumes/create-volume.schema';
import { updateVolumeSchema } from '../volumes/update-volume.request';
import { allTenants, flag, pageParameters, text, withCount } from './parameters';
import { defineRoutes, type Parameter } from './route';
import { volumeActions } from './volume-actions';
import { createdAnswer, summarySchema, volumeAnswer } from './volume-answers';

const listParameters: readonly Parameter[] = [
  ...pageParameters('Volumes'),
  allTenants,
  withCount,
  text('status', "Only with this status, or one of a list: `['available', 'error']`."),
  text('name', 'Only with this name.'),
  text('name~', 'Only with this in the name, from 3.34; for administrators.'),
  text('availability_zone', 'Only in this zone.'),
  text('size', 'Only of these GiB.'),
  flag('bootable', 'Only bootable ones, or only others.'),
  flag('consumes_quota', 'All do.'),
  text('migration_status', 'Only with this status of a migration.'),
  text('group_id', 'None is in a group.'),
  text('created_at', 'From 3.31: comparisons, `gt:2026-01-01T00:00:00,lt:…`; gt, gte, eq, neq, lt, lte.'),
  text('updated_at', 'From 3.31: the same.'),
  text('metadata', 'A dictionary whose pairs must all be among the metadata.'),
  text('glance_metadata', 'The same of volume_image_metadata; for administrators.'),
  text('host', 'Only on this host, backend or pool; for administrators. So are all other columns.'),
];

const cascade = flag('cascade', 'With its snapshots.');
const force = flag('force', 'Whatever its status, from 3.23; for administrators.');

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any text of at most 255 visible characters, unique in the project. The same key with the same body is the same volume, ' +
    'however often it is sent.',
};

/** Volumes themselves. */
export const volumeRoutes = defineRoutes([
  {
    operation: 'volumes.list',
    method: 'GET',
    path: '/v3/{project_id}/volumes',
    projectOptional: true,
    summary: 'List volumes.',
    policy: 'volume:get_all',
    parameters: listParameters,
    success: { status: 200, schema: response.volumeSummariesSchema.meta({ title: 'Volumes' }) },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'volumes.listDetail',
    method: 'GET',
    path: '/v3/{project_id}/volumes/detail',
    projectOptional: true,
    summary: 'List volumes in detail.',
    policy: 'volume:get_all',
    parameters: listParameters,
    success: { status: 200, schema: response.volumeDetailsSchema.meta({ title: 'VolumeDetails' }) },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'volumes.create',
    method: 'POST',
    path: '/v3/{project_id}/volumes',
    projectOptional: true,
    summary: 'Create a volume: blank, from an image, a snapshot or a volume.',
    policy: 'volume:create',
    parameters: [idempotencyKey],
    body: { title: 'CreateVolume', schema: createVolumeSchema },
    success: {
      status: 202,
      schema: createdAnswer,
    },
    refusals: [409, 413],
    parity: 'kept',
  },
  {
    operation: 'volumes.show',
    method: 'GET',
    path: '/v3/{project_id}/volumes/{volume_id}',
    projectOptional: true,
    summary: 'Show a volume.',
    policy: 'volume:get',
    success: { status: 200, schema: volumeAnswer },
    parity: 'kept',
  },
  {
    operation: 'volumes.summary',
    method: 'GET',
    path: '/v3/{project_id}/volumes/summary',
    projectOptional: true,
    since: 12,
    summary: 'Count volumes and their GiB; from 3.36 with all of their metadata.',
    policy: 'volume:get_all',
    parameters: [allTenants],
    success: { status: 200, schema: summarySchema },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'volumes.update',
    method: 'PUT',
    path: '/v3/{project_id}/volumes/{volume_id}',
    projectOptional: true,
    summary: 'Change name, description or metadata of a volume.',
    policy: 'volume:update',
    policyAfterLookup: true,
    body: { title: 'UpdateVolume', schema: updateVolumeSchema },
    success: { status: 200, schema: createdAnswer },
    parity: 'kept',
  },
  {
    operation: 'volumes.act',
    method: 'POST',
    path: '/v3/{project_id}/volumes/{volume_id}/action',
    projectOptional: true,
    summary: 'Do one of several things with a volume, told apart by the one key of the body.',
    policy: 'by action',
    actions: volumeActions,
    success: { status: 202 },
    refusals: [409, 413],
    parity: 'kept',
  },
  {
    operation: 'volumes.delete',
    method: 'DELETE',
    path: '/v3/{project_id}/volumes/{volume_id}',
    projectOptional: true,
    summary: 'Delete a volume.',
    policy: 'volume:delete',
    policyAfterLookup: true,
    parameters: [cascade, force],
    success: { status: 202 },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'volumes.explain',
    method: 'GET',
    path: '/v3/{project_id}/volumes/{volume_id}/explain',
    projectOptional: true,
    summary: 'Explain how a volume came to be, a deleted one too: hit, joined, miss or bypass, why, and what it cost.',
    policy: 'hearth:volume:explain',
    success: {
      status: 200,
      schema: z.strictObject({ explanation: response.explanationSchema }).meta({ title: 'Explanation' }),
    },
    parity: 'own',
  },
]);
