/**
 * Advisory locks of the read model, as the two numbers that PostgreSQL takes (the first is "HEAR" in ASCII). They belong to
 * one database and go with the connection that holds them.
 */
const family = 0x48454152;

export const locks = {
  /** Held while migrations run: replicas that start together do not race. */
  migration: [family, 1],
  /** Held by the one projector that writes. */
  projector: [family, 2],
  /** Held by the one rebuild that runs. */
  rebuild: [family, 3],
} as const;
