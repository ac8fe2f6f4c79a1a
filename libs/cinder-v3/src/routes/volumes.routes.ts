import { z } from 'zod';
import * as response from '../openapi/response.schemas';
import { createVolumeSchema } from '../volumes/create-volume.schema';
import { allTenants, flag, pageParameters, text, withCount } from './parameters';
import { defineRoutes, type Parameter } from './route';

const listParameters: readonly Parameter[] = [
  ...pageParameters('Volumes'),
  allTenants,
  withCount,
  text('status', 'Only with this status.'),
  text('name', 'Only with this name.'),
  text('availability_zone', 'Only in this zone.'),
  flag('bootable', 'Only bootable ones, or only others.'),
  text('metadata', 'A dictionary whose pairs must all be among the metadata.'),
  text('glance_metadata', 'The same of volume_image_metadata.'),
];

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
      schema: z.strictObject({ volume: response.createdVolumeSchema }).meta({ title: 'CreatedVolume' }),
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
    success: { status: 200, schema: z.strictObject({ volume: response.volumeDetailSchema }).meta({ title: 'Volume' }) },
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
