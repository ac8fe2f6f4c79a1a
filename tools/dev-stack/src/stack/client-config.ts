// What clients are told of a stack: `source STATE/openrc`, and the stock ones know where it is and who asks.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedFileOf } from '../../../nats-accounts/src/make-accounts';
import type { StackRecord } from './stack-record';
import { adminToken, demoToken } from './stack-tokens';

/** The newest microversion with which the snapshot commands of python-openstackclient 6 work: they send `force`, which 3.66 refuses. */
const volumeApiVersion = '3.65';

type Endpoints = Pick<StackRecord, 'apiUrl' | 'imageServiceUrl'>;
type Servers = Pick<StackRecord, 'natsUrl' | 'natsAccounts' | 'databaseUrl'>;

/** `clouds.yaml`: the cloud `hearth` is a member's, `hearth-admin` an administrator's of the same project. */
export function cloudsYaml({ apiUrl, imageServiceUrl }: Endpoints): string {
  const [imageUrl = ''] = imageServiceUrl.split(',');
  const cloud = (name: string, token: string) => [
    `  ${name}:`,
    '    auth_type: admin_token',
    '    auth:',
    `      endpoint: ${JSON.stringify(`${apiUrl}/v3/demo`)}`,
    `      token: ${JSON.stringify(token)}`,
    `    image_endpoint_override: ${JSON.stringify(imageUrl.trim())}`,
    `    volume_api_version: '${volumeApiVersion}'`,
  ];
  return ['clouds:', ...cloud('hearth', demoToken), ...cloud('hearth-admin', adminToken), ''].join('\n');
}

/** `openrc`: what a shell is told, for the stock clients and for ours. */
export function openrc({ apiUrl }: Endpoints, cloudsFile: string): string {
  return [
    `export OS_CLIENT_CONFIG_FILE=${shellQuoted(cloudsFile)}`,
    'export OS_CLOUD=hearth',
    `export HEARTH_API_URL=${shellQuoted(apiUrl)}`,
    `export HEARTH_TOKEN=${shellQuoted(adminToken)}`,
    '',
  ].join('\n');
}

/** `operatorrc`: what a shell is told for `hearth log`, which goes to NATS and PostgreSQL itself. */
export function operatorrc({ natsUrl, natsAccounts, databaseUrl }: Servers): string {
  const seedFile = natsAccounts === undefined ? [] : [seedFileOf(natsAccounts, 'operator')];
  return [
    `export HEARTH_NATS_URL=${shellQuoted(natsUrl)}`,
    ...seedFile.map((file) => `export HEARTH_NATS_NKEY_SEED_FILE=${shellQuoted(file)}`),
    `export HEARTH_DATABASE_URL=${shellQuoted(databaseUrl)}`,
    '',
  ].join('\n');
}

export const operatorrcFile = (stateDir: string): string => join(stateDir, 'operatorrc');
export const openrcFile = (stateDir: string): string => join(stateDir, 'openrc');

/** Writes them beside the stack's record; what holds the database's password for the owner's eyes. */
export async function writeClientConfig(stateDir: string, record: Endpoints & Servers): Promise<void> {
  const cloudsFile = join(stateDir, 'clouds.yaml');
  await writeFile(cloudsFile, cloudsYaml(record));
  await writeFile(openrcFile(stateDir), openrc(record, cloudsFile));
  await rm(operatorrcFile(stateDir), { force: true });
  await writeFile(operatorrcFile(stateDir), operatorrc(record), { mode: 0o600 });
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
