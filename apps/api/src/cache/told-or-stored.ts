import { ReadModelUnavailableError } from '@hearth/read-model';

/**
 * What the rows say of something that is in the log already; what was stored, where they cannot be read: a client that is told of an
 * error would do it again.
 */
export async function toldOrStored<Row, Stored>(read: () => Promise<Row>, stored: () => Stored): Promise<Row | Stored> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReadModelUnavailableError) return stored();
    throw error;
  }
}
