import { z } from 'zod';
import { createQosSchema, setQosSchema, unsetQosSchema } from '../qos/qos.request';
import { flag, pageParameters, text } from './parameters';
import { defineRoutes } from './route';

const link = z.object({ rel: z.string(), href: z.url() });
const qos = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  consumer: z.enum(['front-end', 'back-end', 'both']),
  specs: z.record(z.string(), z.string()),
});
const qosAnswer = z.strictObject({ qos_specs: qos, links: z.array(link) }).meta({ title: 'QosSpecs' });
const association = z.strictObject({ association_type: z.literal('volume_type'), name: z.string(), id: z.uuid() });
const sent = z.record(z.string(), z.string().nullable());

const ofQos = '/v3/{project_id}/qos-specs/{qos_id}';
const accepted = { status: 202 } as const;
const typeId = text('vol_type_id', 'Id of the volume type.');

/** Specs that volumes of a type are to keep to: stored, and passed on to who connects them. */
export const qosRoutes = defineRoutes([
  {
    operation: 'qos.list',
    method: 'GET',
    path: '/v3/{project_id}/qos-specs',
    projectOptional: true,
    summary: 'List QoS specs.',
    policy: 'volume_extension:qos_specs_manage:get_all',
    parameters: [
      ...pageParameters('QoS specs'),
      text('id', 'Only of this id.'),
      text('name', 'Only of this name.'),
      text('consumer', 'Only of this consumer.'),
    ],
    success: {
      status: 200,
      schema: z
        .strictObject({ qos_specs: z.array(qos), qos_specs_links: z.array(link).optional() })
        .meta({ title: 'QosSpecsList' }),
    },
    refusals: [400],
    parity: { different: 'name and consumer narrow the list; in Cinder either empties it.' },
  },
  {
    operation: 'qos.create',
    method: 'POST',
    path: '/v3/{project_id}/qos-specs',
    projectOptional: true,
    summary: 'Create QoS specs.',
    policy: 'volume_extension:qos_specs_manage:create',
    body: { title: 'CreateQosSpecs', schema: createQosSchema },
    success: { status: 200, schema: qosAnswer },
    refusals: [409],
    parity: 'kept',
  },
  {
    operation: 'qos.show',
    method: 'GET',
    path: ofQos,
    projectOptional: true,
    summary: 'Show QoS specs.',
    policy: 'volume_extension:qos_specs_manage:get',
    success: { status: 200, schema: qosAnswer },
    parity: 'kept',
  },
  {
    operation: 'qos.set',
    method: 'PUT',
    path: ofQos,
    projectOptional: true,
    summary: 'Set keys or the consumer of QoS specs.',
    policy: 'volume_extension:qos_specs_manage:update',
    body: { title: 'SetQosSpecs', schema: setQosSchema },
    success: { status: 200, schema: z.strictObject({ qos_specs: sent }).meta({ title: 'ChangedQosSpecs' }) },
    parity: { different: 'A value of null is kept as an empty text.' },
  },
  {
    operation: 'qos.unset',
    method: 'PUT',
    path: `${ofQos}/delete_keys`,
    projectOptional: true,
    summary: 'Take keys out of QoS specs.',
    policy: 'volume_extension:qos_specs_manage:delete',
    body: { title: 'UnsetQosSpecs', schema: unsetQosSchema },
    success: accepted,
    parity: { different: 'Where one key is missing, none is taken out; Cinder takes out those that stand before it.' },
  },
  {
    operation: 'qos.delete',
    method: 'DELETE',
    path: ofQos,
    projectOptional: true,
    summary: 'Delete QoS specs.',
    policy: 'volume_extension:qos_specs_manage:delete',
    parameters: [flag('force', 'Also where volume types have them.')],
    success: accepted,
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'qos.associations',
    method: 'GET',
    path: `${ofQos}/associations`,
    projectOptional: true,
    summary: 'List the volume types that have these QoS specs.',
    policy: 'volume_extension:qos_specs_manage:get_all',
    success: {
      status: 200,
      schema: z.strictObject({ qos_associations: z.array(association) }).meta({ title: 'QosAssociations' }),
    },
    parity: 'kept',
  },
  {
    operation: 'qos.associate',
    method: 'GET',
    path: `${ofQos}/associate`,
    projectOptional: true,
    summary: 'Give a volume type these QoS specs.',
    policy: 'volume_extension:qos_specs_manage:update',
    parameters: [typeId],
    success: accepted,
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'qos.disassociate',
    method: 'GET',
    path: `${ofQos}/disassociate`,
    projectOptional: true,
    summary: 'Take these QoS specs from a volume type.',
    policy: 'volume_extension:qos_specs_manage:update',
    parameters: [typeId],
    success: accepted,
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'qos.disassociateAll',
    method: 'GET',
    path: `${ofQos}/disassociate_all`,
    projectOptional: true,
    summary: 'Take these QoS specs from all volume types.',
    policy: 'volume_extension:qos_specs_manage:update',
    success: accepted,
    parity: 'kept',
  },
]);
