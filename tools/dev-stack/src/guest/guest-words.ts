/** Begins the line that a guest prints when all is well; `disk=<bytes> sectors=<number> payload=intact|altered` follows. */
export const readyMark = 'HEARTH-GUEST-READY';

/** Begins the line that a guest prints when it cannot go on; the reason follows. */
export const failedMark = 'HEARTH-GUEST-FAILED';
