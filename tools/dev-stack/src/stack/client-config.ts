// What stock OpenStack clients are told of a stack: `source STATE/openrc`, and they know where it is and who asks.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StackRecord } from './stack-record';
import { adminToken, demoToken } from './stack-tokens';

/** The newest microversion with which the snapshot commands of python-openstackclient 6 work: they send `force`, which 3.66 refuses. */
const volumeApiVersion = '3.65';

type Endpoints = Pick<StackRecord, 'apiUrl' | 'imageServiceUrl'>;

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

export const openrcFile = (stateDir: string): string => join(stateDir, 'openrc');

/** Writes both beside the stack's record. */
export async function writeClientConfig(stateDir: string, record: Endpoints): Promise<void> {
  const cloudsFile = join(stateDir, 'clouds.yaml');
  await writeFile(cloudsFile, cloudsYaml(record));
  await writeFile(openrcFile(stateDir), openrc(record, cloudsFile));
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
