/**
 * Gives the token that a service asks others with. Told of a token that was answered with 401, it gives another one, if there is one.
 * Rejects when none can be had. Nobody keeps or logs what it gives.
 */
export type TokenSource = (refused?: string) => Promise<string>;
