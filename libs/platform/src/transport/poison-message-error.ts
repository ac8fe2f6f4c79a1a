/** Thrown by a handler for a message that can never succeed: it is given up at once instead of being tried again. */
export class PoisonMessageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PoisonMessageError';
  }
}
