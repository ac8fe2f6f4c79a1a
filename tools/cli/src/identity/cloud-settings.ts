import { readFile } from 'node:fs/promises';
import { CliError } from '../cli.error';
import type { CliDefaults } from '../config';
import { parsePlainYaml, type YamlValue } from './plain-yaml';

/** What is said of a cloud and of who asks, flat, in the words of `clouds.yaml`: `auth_url`, `region_name`, `verify`. */
export type CloudSettings = Readonly<Record<string, string>>;

/** Older words and those of the environment. */
const aliases: Readonly<Record<string, string>> = {
  tenant_name: 'project_name',
  tenant_id: 'project_id',
  endpoint_type: 'interface',
  user_name: 'username',
};

/**
 * The settings of a cloud from `clouds.yaml` and `secure.yaml`, and what these do not say from the environment; without a cloud, the
 * environment alone. Throws `CliError` for a cloud that is not there, or a file that cannot be read.
 */
export async function cloudSettings(
  { openstack, cloudsFiles, secureFiles }: Pick<CliDefaults, 'openstack' | 'cloudsFiles' | 'secureFiles'>,
  cloud: string | undefined = openstack['cloud'],
): Promise<CloudSettings> {
  const fromEnvironment = renamed(openstack);
  if (cloud === undefined) return fromEnvironment;
  const [clouds, secure] = await Promise.all([firstOf(cloudsFiles), firstOf(secureFiles)]);
  if (!clouds) throw new CliError(`no clouds.yaml for the cloud '${cloud}': looked for ${cloudsFiles.join(', ')}`, 2);
  const stanza = stanzaOf(clouds, cloud);
  if (!stanza) {
    const known = Object.keys(mapping(mapping(clouds.content)['clouds'])).join(', ') || 'none';
    throw new CliError(`${clouds.file} has no cloud '${cloud}'; it has ${known}`, 2);
  }
  const secret = secure ? (stanzaOf(secure, cloud) ?? {}) : {};
  return { ...fromEnvironment, ...flat(stanza), ...flat(secret) };
}

interface CloudsFile {
  readonly file: string;
  readonly content: YamlValue;
}

async function firstOf(files: readonly string[]): Promise<CloudsFile | undefined> {
  for (const file of files) {
    const text = await textOf(file);
    if (text === undefined) continue;
    try {
      return { file, content: file.endsWith('.json') ? (JSON.parse(text) as YamlValue) : parsePlainYaml(text) };
    } catch (error) {
      throw new CliError(`${file}: ${error instanceof Error ? error.message : String(error)}`, 2, { cause: error });
    }
  }
  return undefined;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`${file} cannot be read: ${(error as Error).message}`, 2, { cause: error });
  }
}

function stanzaOf({ content }: CloudsFile, cloud: string): Readonly<Record<string, YamlValue>> | undefined {
  const clouds = mapping(mapping(content)['clouds']);
  return Object.hasOwn(clouds, cloud) ? mapping(clouds[cloud]) : undefined;
}

const mapping = (value: YamlValue | undefined): Readonly<Record<string, YamlValue>> =>
  typeof value === 'object' && !Array.isArray(value) ? (value as Readonly<Record<string, YamlValue>>) : {};

/** What stands under `auth` beside the rest. */
const flat = ({ auth, ...rest }: Readonly<Record<string, YamlValue>>): CloudSettings =>
  renamed({ ...texts(rest), ...texts(mapping(auth)) });

const texts = (values: Readonly<Record<string, YamlValue>>): CloudSettings =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'object' || value === '' ? [] : [[name, String(value)]],
    ),
  );

const renamed = (values: CloudSettings): CloudSettings =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      Object.hasOwn(aliases, name) ? aliases[name]! : name.replaceAll('-', '_'),
      value,
    ]),
  );
