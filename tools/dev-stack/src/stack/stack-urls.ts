import { seedFileOf } from '../../../nats-accounts/src/make-accounts';
import type { StackRecord } from './stack-record';
import { withoutPassword } from './stack-status';

/** Tokens of the development mode: project, user, roles. */
export const demoToken = 'demo:alice:member';
export const adminToken = 'demo:admin:admin';

/** Where the parts of a stack are, and how to look at them. */
export function urlLines({
  apiUrl,
  natsUrl,
  natsAccounts,
  databaseUrl,
  imageServiceUrl,
  imagesDirectory,
}: StackRecord): string {
  const seedFile = natsAccounts && seedFileOf(natsAccounts, 'operator');
  return [
    '',
    `  API            ${apiUrl}/v3`,
    `  NATS           ${natsUrl}${seedFile ? `, as the user of HEARTH_NATS_NKEY_SEED_FILE=${seedFile}` : ''}`,
    `  PostgreSQL     ${withoutPassword(databaseUrl)}`,
    `  image service  ${imageServiceUrl}${imagesDirectory ? `, serving ${imagesDirectory}` : ''}`,
    '',
    'Try:',
    `  curl -s -H 'X-Auth-Token: ${demoToken}' ${apiUrl}/v3/demo/volumes/detail`,
    `  npm run hearth -- --url ${apiUrl} --token ${adminToken} cache list`,
    `  nats --server ${natsUrl}${seedFile ? ` --nkey ${seedFile}` : ''} sub 'hearth.events.>'`,
    '  npm run stack -- status',
    '  npm run stack -- down',
  ].join('\n');
}
