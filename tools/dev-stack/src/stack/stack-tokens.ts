/** Tokens of the development mode: project, user, roles. */
export const demoToken = 'demo:alice:member';
export const adminToken = 'demo:admin:admin';
