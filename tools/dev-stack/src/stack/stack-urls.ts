import { seedFileOf } from '../../../nats-accounts/src/make-accounts';
import type { StackRecord } from './stack-record';
import { adminToken, demoToken } from './stack-tokens';
import { openrcFile, operatorrcFile } from './client-config';
import { withoutPassword } from './stack-status';

/** Where the parts of a stack are, and how to look at them. */
export function urlLines(record: StackRecord, stateDir: string): string {
  const { apiUrl, natsUrl, natsAccounts, databaseUrl, imageServiceUrl, imagesDirectory } = record;
  const seedFile = natsAccounts && seedFileOf(natsAccounts, 'operator');
  return [
    '',
    `  API            ${apiUrl}/v3`,
    `  NATS           ${natsUrl}${seedFile ? `, as the user of HEARTH_NATS_NKEY_SEED_FILE=${seedFile}` : ''}`,
    `  PostgreSQL     ${withoutPassword(databaseUrl)}`,
    `  image service  ${imageServiceUrl}${imagesDirectory ? `, serving ${imagesDirectory}` : ''}`,
    '',
    'Try:',
    `  source ${openrcFile(stateDir)} && openstack volume list   # docs/getting-started.md`,
    `  curl -s -H 'X-Auth-Token: ${demoToken}' ${apiUrl}/v3/demo/volumes/detail`,
    `  npm run hearth -- --url ${apiUrl} --token ${adminToken} cache list`,
    `  source ${operatorrcFile(stateDir)} && npm run hearth -- log verify`,
    `  nats --server ${natsUrl}${seedFile ? ` --nkey ${seedFile}` : ''} sub 'hearth.events.>'`,
    '  npm run stack -- status',
    '  npm run stack -- down',
  ].join('\n');
}
