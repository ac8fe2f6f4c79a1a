import type { Fault } from '../fault';

/** What the sentences name: ids and names as the request has them. */
export interface Configured {
  readonly typeId?: string;
  readonly projectId?: string;
  readonly qosSpecsId?: string;
  /** The sentence for a type that volumes have; it depends on what was asked. */
  readonly whenInUse?: string;
  /** What stood in the way: a name, a key, other QoS specs. */
  readonly subject?: string;
}

const bad = (message: string): Fault => ({ status: 400, message });
const missing = (message: string): Fault => ({ status: 404, message });
const conflicting = (message: string): Fault => ({ status: 409, message });

/** Why a change of volume types or QoS specs was refused, in Cinder's words, by the code of the refusal. */
export const configurationFaults = {
  'volume-type.exists': ({ subject }) => conflicting(`Volume Type ${subject} already exists.`),
  'volume-type.not-found': ({ typeId }) => missing(`Volume type ${typeId} could not be found.`),
  'volume-type.in-use': ({ whenInUse }) => bad(whenInUse ?? 'Volume Type is currently in use.'),
  'volume-type.is-default': ({ typeId }) =>
    bad(`The volume type ${typeId} is a default volume type and cannot be deleted.`),
  'volume-type.is-public': () =>
    bad('Invalid volume type: Type access modification is not applicable to public volume type.'),
  'type-access.exists': ({ typeId, projectId }) =>
    conflicting(`Volume type access for ${typeId} / ${projectId} combination already exists.`),
  'type-access.not-found': ({ typeId, projectId }) =>
    missing(`Volume type access not found for ${typeId} / ${projectId} combination.`),
  'type-encryption.exists': ({ typeId }) => bad(`Volume type encryption for type ${typeId} already exists.`),
  'type-encryption.not-found': ({ typeId }) => missing(`Volume type encryption for type ${typeId} does not exist.`),
  'extra-spec.not-found': ({ typeId, subject }) =>
    missing(`Volume Type ${typeId} has no extra specs with key ${subject}.`),
  'default-type.not-found': ({ projectId }) => missing(`Default type for project ${projectId} not found.`),
  'qos-specs.exists': ({ subject }) => conflicting(`QoS Specs ${subject} already exists.`),
  'qos-specs.not-found': ({ qosSpecsId }) => missing(`No such QoS spec ${qosSpecsId}.`),
  'qos-specs.in-use': () => bad('Qos specs still in use.'),
  'qos-specs.key-not-found': ({ qosSpecsId, subject }) =>
    missing(`QoS spec ${qosSpecsId} has no spec with key ${subject}.`),
  'qos-specs.type-has-others': ({ typeId, subject }) =>
    bad(`Invalid volume type: Type ${typeId} is already associated with another qos specs: ${subject}`),
} as const satisfies Readonly<Record<string, (named: Configured) => Fault>>;
