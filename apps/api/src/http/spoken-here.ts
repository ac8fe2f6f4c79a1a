import { FaultError } from '@hearth/cinder-v3';

/** Throws a fault of 404 where a microversion is asked for that does not know the method yet, or no longer; as Cinder does. */
export function spokenHere({ since = 0, until = Infinity }: { since?: number; until?: number }, minor: number): void {
  if (minor >= since && minor <= until) return;
  throw new FaultError({ status: 404, message: `API version '3.${minor}' is not supported on this method.` });
}
