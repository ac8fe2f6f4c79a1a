import { badRequest, invalidInput } from '../fault';
import { booleanOfBody, booleanSchema } from '../http/boolean-text';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { pairsOrNullSchema } from '../volumes/metadata.schema';
import { textOf } from '../volumes/volume-texts';

type Texts = Readonly<Record<string, string>>;

const text: WireSchema = { type: ['string', 'null'], description: 'At most 255 characters.' };

/** From this microversion on a snapshot of a volume in use needs no force, which is refused but for `true`. */
const withoutForceMinor = 66;

/** The body of `POST /snapshots`. */
export const createSnapshotSchema = (minor: number): WireSchema => ({
  type: 'object',
  properties: {
    snapshot: {
      type: 'object',
      properties: {
        volume_id: { type: 'string', format: 'uuid' },
        name: text,
        display_name: { ...text, description: 'Older name of name.' },
        description: text,
        display_description: { ...text, description: 'Older name of description.' },
        force: minor >= withoutForceMinor ? { type: ['boolean', 'string'] } : booleanSchema,
        metadata: pairsOrNullSchema,
      },
      required: ['volume_id'],
      additionalProperties: minor < 53,
    },
  },
  required: ['snapshot'],
  additionalProperties: minor < 53,
});

export interface CreateSnapshotRequest {
  readonly volumeId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Texts;
  /** Of a volume in use, too. */
  readonly force: boolean;
}

interface CreateBody {
  readonly volume_id: string;
  readonly name?: string | null;
  readonly display_name?: string | null;
  readonly description?: string | null;
  readonly display_description?: string | null;
  readonly force?: boolean | string;
  readonly metadata?: Texts | null;
}

/** Reads the body of `POST /snapshots`. Throws a fault of 400. */
export function parseCreateSnapshot(body: unknown, minor: number): CreateSnapshotRequest {
  checkWireSchema(body, createSnapshotSchema(minor));
  checkStorable(body, 'snapshot');
  const { snapshot } = body as { readonly snapshot: CreateBody };
  return {
    volumeId: snapshot.volume_id.toLowerCase(),
    name: textOf('name', snapshot.name ?? snapshot.display_name),
    description: textOf('description', snapshot.description ?? snapshot.display_description),
    metadata: snapshot.metadata ?? {},
    force: forceOf(snapshot.force, minor),
  };
}

function forceOf(force: boolean | string | undefined, minor: number): boolean {
  if (minor < withoutForceMinor) return force !== undefined && booleanOfBody(force);
  const isTrue = force === undefined || (typeof force === 'string' ? force.trim().toLowerCase() === 'true' : force);
  if (isTrue) return true;
  throw invalidInput(
    `Since microversion 3.${withoutForceMinor} the 'force' parameter of a snapshot is not needed, and may be nothing but true.`,
  );
}

const updateProperties = {
  name: text,
  display_name: { ...text, description: 'Older name of name.' },
  description: text,
  display_description: { ...text, description: 'Older name of description.' },
};

/** The body of `PUT /snapshots/{snapshot_id}`: from 3.53 on it has to change something. */
export const updateSnapshotSchema = (minor: number): WireSchema => ({
  type: 'object',
  properties: {
    snapshot: {
      type: 'object',
      properties: updateProperties,
      additionalProperties: false,
      ...(minor >= 53 && { anyOf: Object.keys(updateProperties).map((name) => ({ required: [name] })) }),
    },
  },
  required: ['snapshot'],
  additionalProperties: false,
});

/** What is absent stays as it is. */
export interface UpdateSnapshotRequest {
  readonly name?: string | null;
  readonly description?: string | null;
}

/** Reads the body of `PUT /snapshots/{snapshot_id}`. Throws a fault of 400. */
export function parseUpdateSnapshot(body: unknown, minor: number): UpdateSnapshotRequest {
  checkWireSchema(body, updateSnapshotSchema(minor));
  checkStorable(body, 'snapshot');
  const { snapshot } = body as { readonly snapshot: Partial<CreateBody> };
  const name = 'name' in snapshot ? snapshot.name : snapshot.display_name;
  const description = 'description' in snapshot ? snapshot.description : snapshot.display_description;
  return {
    ...(name !== undefined && { name: textOf('name', name) }),
    ...(description !== undefined && { description: textOf('description', description) }),
  };
}

const statuses = ['available', 'creating', 'deleting', 'error', 'error_deleting'];

/** The body of `os-reset_status` of a snapshot. */
export const resetSnapshotSchema: WireSchema = {
  type: 'object',
  properties: {
    'os-reset_status': {
      type: 'object',
      properties: { status: { type: 'string' } },
      required: ['status'],
      additionalProperties: false,
    },
  },
  required: ['os-reset_status'],
  additionalProperties: false,
};

/** Reads the argument of `os-reset_status`, which the schema has seen. Throws a fault of 400. */
export function parseResetSnapshot(argument: unknown): string {
  const { status } = argument as { readonly status: string };
  const word = status.trim().toLowerCase();
  if (statuses.includes(word)) return word;
  throw badRequest(
    `Snapshot status: ${status.slice(0, 255)} is invalid, valid statuses are: (${statuses.map((one) => `'${one}'`).join(', ')}).`,
  );
}

/** The body of `os-update_snapshot_status`, by which a driver's host tells how a snapshot stands. */
export const updateSnapshotStatusSchema: WireSchema = {
  type: 'object',
  properties: {
    'os-update_snapshot_status': {
      type: 'object',
      properties: { status: { type: 'string' }, progress: { type: ['string', 'integer', 'null'] } },
      required: ['status'],
      additionalProperties: false,
    },
  },
  required: ['os-update_snapshot_status'],
  additionalProperties: false,
};

/** To what a host may tell that a snapshot went on, by what it is. */
const nextStatuses: Readonly<Record<string, readonly string[]>> = {
  creating: ['creating', 'available', 'error'],
  deleting: ['deleting', 'error_deleting'],
};

/** Reads the argument of `os-update_snapshot_status` for a snapshot in `current`. Throws a fault of 400. */
export function parseUpdateSnapshotStatus(argument: unknown, current: string): string {
  const { status } = argument as { readonly status: string };
  const allowed = nextStatuses[current];
  if (!allowed) throw badRequest(`Snapshot status ${current} not allowed for update_snapshot_status`);
  if (allowed.includes(status)) return status;
  throw badRequest(`Provided snapshot status ${status.slice(0, 255)} not allowed for snapshot with status ${current}.`);
}
