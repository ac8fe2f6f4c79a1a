import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from './database-api';
import { type Asking, tokens } from './test-api';

/** The api over a real database, asked about volume types. */
export interface TypesApi extends DatabaseApi {
  /** Makes a type; its name is its own unless told. */
  givenType(fields?: object): Promise<VolumeType>;
  /** Names in a list, in its order. */
  namesOf(path: string, asking: Asking): Promise<readonly string[]>;
  allOfName(name: string): Promise<readonly VolumeType[]>;
}

export interface VolumeType {
  readonly id: string;
  readonly name: string;
}

/** Who asks, at a microversion 3.x. */
export const at = (minor: number, token: string = tokens.admin): Asking => ({
  token,
  headers: { 'openstack-api-version': `volume 3.${minor}` },
});
export const admin = at(70);
export const types = (rest = '') => `/v3/operators/types${rest}`;
export const demoTypes = (rest = '') => `/v3/demo/types${rest}`;

export async function startTypesApi(): Promise<TypesApi> {
  const house = await startDatabaseApi();
  const { api } = house;
  const listed = async (path: string, asking: Asking) => {
    const { status, body } = await api.get(path, asking);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
    return (body as { volume_types: VolumeType[] }).volume_types;
  };
  return {
    ...house,
    givenType: async (fields = {}) => {
      const { status, body } = await api.post(types(), { volume_type: { name: randomUUID(), ...fields } }, admin);
      if (status !== 200) throw new Error(`a type was answered with ${status}`);
      return (body as { volume_type: VolumeType }).volume_type;
    },
    namesOf: async (path, asking) => (await listed(path, asking)).map(({ name }) => name),
    allOfName: (name) => listed(types(`?name=${name}&is_public=None`), admin),
  };
}
