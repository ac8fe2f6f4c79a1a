import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PasswordCredentials } from './keystone.tokens';

/** Where one Glance keeps everything it knows, all below one folder. */
export interface GlancePaths {
  readonly directory: string;
  readonly config: string;
  readonly store: string;
}

/**
 * Who a caller is: `open` takes everybody for an administrator without a project (so
 * `owner` is null and every image is visible); `identity-headers` believes the headers that the Keystone middleware would
 * have set, so that tests can be a member of any project (see `identityHeaders`); a Keystone is asked about the caller's token,
 * and Glance's own rules hold.
 */
export type GlanceAccess = 'open' | 'identity-headers' | GuardedByKeystone;

/** The Keystone at `authUrl` (with `/v3`), and as whom Glance asks it. */
export interface GuardedByKeystone {
  readonly authUrl: string;
  readonly serviceUser: PasswordCredentials;
}

/** Paste pipelines and the image schema come with the package; Glance looks for them beside its configuration. */
const packagedFiles = ['glance-api-paste.ini', 'schema-image.json'];
const packagedFolder = '/usr/share/glance-common';

/** Writes the configuration of a Glance with a SQLite database and a store of files. */
export async function configureGlance(directory: string, access: GlanceAccess): Promise<GlancePaths> {
  const paths: GlancePaths = {
    directory,
    config: join(directory, 'etc'),
    store: join(directory, 'store'),
  };
  const folders = [
    paths.config,
    paths.store,
    ...['staging', 'tasks', 'lock', 'work'].map((name) => join(directory, name)),
  ];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const file of packagedFiles) await copyFile(join(packagedFolder, file), join(paths.config, file));
  await appendFile(join(paths.config, 'glance-api-paste.ini'), identityHeadersPipeline);
  await writeFile(join(paths.config, 'glance-api.conf'), glanceApiConf(paths, access));
  await writeFile(join(paths.config, 'policy.yaml'), typeof access === 'string' ? openPolicy : '{}\n');
  return paths;
}

/** The configuration itself. The two `os_glance_*` stores are where Glance keeps imports; it refuses to start without them. */
function glanceApiConf({ directory, config, store }: GlancePaths, access: GlanceAccess): string {
  return `[DEFAULT]
enabled_backends = file:file
enabled_import_methods = []
use_stderr = true

[database]
connection = sqlite:///${join(directory, 'glance.sqlite')}

[glance_store]
default_backend = file

[file]
filesystem_store_datadir = ${store}

[os_glance_staging_store]
filesystem_store_datadir = ${join(directory, 'staging')}

[os_glance_tasks_store]
filesystem_store_datadir = ${join(directory, 'tasks')}

[oslo_concurrency]
lock_path = ${join(directory, 'lock')}

[oslo_policy]
policy_file = ${join(config, 'policy.yaml')}

${typeof access === 'string' ? '' : authtoken(access)}
[paste_deploy]
${flavor(access)}config_file = ${join(config, 'glance-api-paste.ini')}
`;
}

function flavor(access: GlanceAccess): string {
  if (access === 'open') return '';
  return `flavor = ${typeof access === 'string' ? access : 'keystone'}\n`;
}

/** The part of a service's configuration that has it ask a Keystone who its callers are. */
export const authtoken = ({ authUrl, serviceUser: { userName, password, projectName } }: GuardedByKeystone) => `
[keystone_authtoken]
www_authenticate_uri = ${authUrl}
auth_url = ${authUrl}
auth_type = password
username = ${userName}
password = ${password}
project_name = ${projectName}
user_domain_id = default
project_domain_id = default
`;

/**
 * Without Keystone a caller passes for an administrator but bears no role, and these rules ask for the role by name:
 * left as they are, nobody could make an image public.
 */
const openPolicy = ['publicize_image', 'communitize_image', 'deactivate', 'reactivate']
  .map((rule) => `"${rule}": ""\n`)
  .join('');

/** Debian's pipeline for Keystone without the part that asks Keystone. */
const identityHeadersPipeline = `
[pipeline:glance-api-identity-headers]
pipeline = cors healthcheck http_proxy_to_wsgi versionnegotiation osprofiler context rootapp
`;

/** Headers that make a request come from a project, as the Keystone middleware would pass them on. */
export function identityHeaders({
  projectId,
  role,
}: {
  projectId: string;
  role: 'member' | 'admin';
}): Record<string, string> {
  const roles = role === 'admin' ? 'admin,member,reader' : 'member,reader';
  return {
    'x-identity-status': 'Confirmed',
    'x-project-id': projectId,
    'x-user-id': `user-of-${projectId}`,
    'x-roles': roles,
  };
}
