import { z } from 'zod';
import { acceptTransferSchema, createTransferSchema } from '../transfers/transfer.request';
import { allTenants, pageParameters, text } from './parameters';
import { defineRoutes } from './route';

const nullableText = z.string().nullable();
const link = z.object({ rel: z.string(), href: z.url() });
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);

const summary = z.strictObject({ id: z.uuid(), volume_id: z.uuid(), name: nullableText, links: z.array(link) });
const detail = summary.extend({
  created_at: time,
  no_snapshots: z.boolean().optional(),
  source_project_id: nullableText.optional(),
  destination_project_id: nullableText.optional(),
  accepted: z.boolean().optional(),
});
const created = detail.extend({ auth_key: z.string() });
const links = { transfers_links: z.array(link).optional() };

const answers = {
  summary: z.strictObject({ transfer: summary }).meta({ title: 'TransferSummary' }),
  detail: z.strictObject({ transfer: detail }).meta({ title: 'Transfer' }),
  created: z.strictObject({ transfer: created }).meta({ title: 'CreatedTransfer' }),
  list: z.strictObject({ transfers: z.array(summary), ...links }).meta({ title: 'Transfers' }),
  listDetail: z.strictObject({ transfers: z.array(detail), ...links }).meta({ title: 'TransferDetails' }),
};

const listParameters = [
  ...pageParameters('Transfers'),
  allTenants,
  text('name', 'Only of this name.'),
  text('volume_id', 'Only of this volume.'),
];

/** Offers of a volume to another project, by the API of old. */
export const olderTransferRoutes = defineRoutes([
  {
    operation: 'olderTransfers.list',
    method: 'GET',
    path: '/v3/{project_id}/os-volume-transfer',
    projectOptional: true,
    summary: 'List transfers.',
    policy: 'volume:get_all_transfers',
    parameters: listParameters,
    success: { status: 200, schema: answers.list },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'olderTransfers.listDetail',
    method: 'GET',
    path: '/v3/{project_id}/os-volume-transfer/detail',
    projectOptional: true,
    summary: 'List transfers in detail.',
    policy: 'volume:get_all_transfers',
    parameters: listParameters,
    success: { status: 200, schema: answers.listDetail },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'olderTransfers.create',
    method: 'POST',
    path: '/v3/{project_id}/os-volume-transfer',
    projectOptional: true,
    summary: 'Offer a volume; the key is told this once.',
    policy: 'volume:create_transfer',
    policyAfterLookup: true,
    body: { title: 'CreateTransfer', schema: createTransferSchema },
    success: { status: 202, schema: answers.created },
    parity: 'kept',
  },
  {
    operation: 'olderTransfers.show',
    method: 'GET',
    path: '/v3/{project_id}/os-volume-transfer/{transfer_id}',
    projectOptional: true,
    summary: 'Show a transfer.',
    policy: 'volume:get_transfer',
    success: { status: 200, schema: answers.detail },
    parity: 'kept',
  },
  {
    operation: 'olderTransfers.accept',
    method: 'POST',
    path: '/v3/{project_id}/os-volume-transfer/{transfer_id}/accept',
    projectOptional: true,
    summary: 'Take a volume over, by the transfer and its key.',
    policy: 'volume:accept_transfer',
    body: { title: 'AcceptTransfer', schema: acceptTransferSchema },
    success: { status: 202, schema: answers.summary },
    refusals: [413],
    parity: 'kept',
  },
  {
    operation: 'olderTransfers.delete',
    method: 'DELETE',
    path: '/v3/{project_id}/os-volume-transfer/{transfer_id}',
    projectOptional: true,
    summary: 'Withdraw an offer.',
    policy: 'volume:delete_transfer',
    policyAfterLookup: true,
    success: { status: 202 },
    parity: 'kept',
  },
]);

/** The same since 3.55: snapshots may stay behind. */
export const transferRoutes = defineRoutes([
  {
    operation: 'transfers.list',
    method: 'GET',
    path: '/v3/{project_id}/volume-transfers',
    projectOptional: true,
    since: 55,
    summary: 'List transfers.',
    policy: 'volume:get_all_transfers',
    parameters: listParameters,
    success: { status: 200, schema: answers.list },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'transfers.listDetail',
    method: 'GET',
    path: '/v3/{project_id}/volume-transfers/detail',
    projectOptional: true,
    since: 55,
    summary: 'List transfers in detail.',
    policy: 'volume:get_all_transfers',
    parameters: listParameters,
    success: { status: 200, schema: answers.listDetail },
    refusals: [400],
    parity: 'kept',
  },
  {
    operation: 'transfers.create',
    method: 'POST',
    path: '/v3/{project_id}/volume-transfers',
    projectOptional: true,
    since: 55,
    summary: 'Offer a volume, with its snapshots or without; the key is told this once.',
    policy: 'volume:create_transfer',
    policyAfterLookup: true,
    body: { title: 'CreateTransfer', schema: createTransferSchema },
    success: { status: 202, schema: answers.created },
    parity: 'kept',
  },
  {
    operation: 'transfers.show',
    method: 'GET',
    path: '/v3/{project_id}/volume-transfers/{transfer_id}',
    projectOptional: true,
    since: 55,
    summary: 'Show a transfer.',
    policy: 'volume:get_transfer',
    success: { status: 200, schema: answers.detail },
    parity: 'kept',
  },
  {
    operation: 'transfers.accept',
    method: 'POST',
    path: '/v3/{project_id}/volume-transfers/{transfer_id}/accept',
    projectOptional: true,
    since: 55,
    summary: 'Take a volume over, by the transfer and its key.',
    policy: 'volume:accept_transfer',
    body: { title: 'AcceptTransfer', schema: acceptTransferSchema },
    success: { status: 202, schema: answers.summary },
    refusals: [413],
    parity: 'kept',
  },
  {
    operation: 'transfers.delete',
    method: 'DELETE',
    path: '/v3/{project_id}/volume-transfers/{transfer_id}',
    projectOptional: true,
    since: 55,
    summary: 'Withdraw an offer.',
    policy: 'volume:delete_transfer',
    policyAfterLookup: true,
    success: { status: 202 },
    parity: 'kept',
  },
]);
