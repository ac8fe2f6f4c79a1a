import { type Commit, type CommitCodec, commitCodec } from '@hearth/event-sourcing';

/** Of so many commits one is stored as bytes and read from them; the others are kept as they are, which is quicker. */
const encodedOneIn = 16;

/** What is stored in the simulated log: commits themselves. */
export function keptCodec(): CommitCodec {
  const real = commitCodec();
  const kept = new WeakMap<Uint8Array, object>();
  let count = 0;
  return {
    encode(stream, commit) {
      count += 1;
      if (count % encodedOneIn === 0) return real.encode(stream, commit);
      const name = new Uint8Array(0);
      kept.set(name, commit);
      return name;
    },
    decode(stream, sequence, bytes, storedAt) {
      const commit = kept.get(bytes);
      if (!commit) return real.decode(stream, sequence, bytes, storedAt);
      return { ...commit, stream, sequence, storedAt } as Commit;
    },
  };
}
