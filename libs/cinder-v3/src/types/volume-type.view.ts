import { type Link, nextLink } from '../links';
import { isUserVisible } from './user-visible-specs';

/** A volume type. */
export interface VolumeTypeFields {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly qosSpecsId: string | null;
}

/** What a caller may see of volume types, by policies of their own. */
export interface TypeSight {
  /** `user-visible`: only those that tell users what they can do with a volume. */
  readonly extraSpecs: 'all' | 'user-visible' | 'none';
  readonly qosSpecsId: boolean;
  /** `os-volume-type-access:is_public`. */
  readonly access: boolean;
}

/** A volume type as `GET /types/{id}` shows it, and lists. */
export function volumeTypeView(type: VolumeTypeFields, sight: TypeSight) {
  const { id, name, description, isPublic, qosSpecsId } = type;
  return {
    id,
    name,
    is_public: isPublic,
    description,
    ...(sight.extraSpecs !== 'none' && { extra_specs: visibleSpecs(type.extraSpecs, sight) }),
    ...(sight.qosSpecsId && { qos_specs_id: qosSpecsId }),
    ...(sight.access && { 'os-volume-type-access:is_public': isPublic }),
  };
}

/** As the answer to its creation shows it: another order of keys, and no QoS specs. */
export function createdVolumeTypeView(type: VolumeTypeFields, { access }: TypeSight) {
  return { ...changedVolumeTypeView(type), ...(access && { 'os-volume-type-access:is_public': type.isPublic }) };
}

/** As the answer to a change shows it. */
export function changedVolumeTypeView({ id, name, isPublic, extraSpecs, description }: VolumeTypeFields) {
  return { id, name, is_public: isPublic, extra_specs: extraSpecs, description };
}

/** The extra specs that a caller may see. */
export function visibleSpecs(
  specs: Readonly<Record<string, string>>,
  { extraSpecs }: Pick<TypeSight, 'extraSpecs'>,
): Readonly<Record<string, string>> {
  if (extraSpecs === 'all') return specs;
  return Object.fromEntries(Object.entries(specs).filter(([key]) => extraSpecs !== 'none' && isUserVisible(key)));
}

/** One page of volume types. */
export interface VolumeTypePageFields {
  readonly types: readonly VolumeTypeFields[];
  readonly limit: number;
  readonly base: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export function volumeTypeList({ types, limit, base, path, query }: VolumeTypePageFields, sight: TypeSight) {
  const last = types.at(-1);
  const links: readonly Link[] = last && types.length >= limit ? [nextLink(base, path, query, last.id)] : [];
  return {
    volume_types: types.map((type) => volumeTypeView(type, sight)),
    ...(links.length > 0 && { volume_type_links: links }),
  };
}
