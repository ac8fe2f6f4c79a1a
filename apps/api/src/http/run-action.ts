import { type Action, badRequest, checkStorable, checkWireSchema, type Operation, routeOf } from '@hearth/cinder-v3';
import { authorise } from '../auth/authorise';
import type { CallContext } from './request-context';
import { spokenHere } from './spoken-here';

/** Carries out one action on an object that was found and may be seen; `argument` is the value of the body's key. */
export type ActionHandler<Found> = (found: Found, argument: unknown, call: CallContext) => Promise<unknown>;

/** What an action led to: its status and body are the answer. */
export interface ActionAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Reads which action a body asks for, finds the object, and only then looks whether the caller may, in Cinder's order. Throws a
 * fault of 400 for an unknown action or a wrong argument, 404 for what `find` does not find or the microversion does not know,
 * 403.
 */
export async function runAction<Found>(
  operation: Operation,
  body: unknown,
  call: CallContext,
  {
    find,
    handlers,
  }: { readonly find: () => Promise<Found>; readonly handlers: Readonly<Record<string, ActionHandler<Found>>> },
): Promise<ActionAnswer> {
  const action = actionOf(operation, body);
  spokenHere(action, call.minor);
  checkWireSchema(body, action.schema(call.minor));
  checkStorable(body, action.action);
  const found = await find();
  authorise(call.caller, action.policy);
  call.authorised();
  const handler = handlers[action.action];
  if (!handler) throw new Error(`the action ${action.action} of ${operation} has no handler`);
  const answer = await handler(found, (body as Readonly<Record<string, unknown>>)[action.action], call);
  return { status: action.success.status, body: answer };
}

function actionOf(operation: Operation, body: unknown): Action {
  const keys = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.keys(body) : [];
  const { actions = [] } = routeOf(operation);
  const known = actions.find(({ action }) => keys.includes(action));
  if (known) return known;
  const [named] = keys;
  if (named === undefined) throw badRequest('Malformed request body');
  throw badRequest(
    `There is no such action: ${named.slice(0, 255)}. Verify the request body and Content-Type header and try again.`,
  );
}
