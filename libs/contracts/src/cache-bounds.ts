/** What may be asked of the caches: the api's schemas and the deciders hold to the same. Texts are counted in characters. */
export const cacheBounds = {
  /** Names of policies and images, patterns of pools, properties and their values. */
  nameLengthMax: 255,
  /** Of a pin. */
  noteLengthMax: 255,
  /** Patterns of pools in one policy. */
  policyPoolsMax: 1_000,
  /** Properties in one policy's selector. */
  policyPropertiesMax: 32,
  /** Images that one policy keeps. */
  policyKeepMax: 1_000,
  /** From one run of a policy to the next. */
  policyEverySecondsMin: 60,
  /** A year. */
  policyEverySecondsMax: 31_536_000,
} as const;
