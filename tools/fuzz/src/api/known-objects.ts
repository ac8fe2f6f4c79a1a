import type { Random } from '@hearth/image-format/testing';

/** Which kinds of ids a field or a parameter of this name may have. */
const kinds: Readonly<Record<string, string>> = {
  volume_id: 'volume',
  volume_uuid: 'volume',
  source_volid: 'volume',
  marker: 'volume',
  snapshot_id: 'snapshot',
  attachment_id: 'attachment',
  transfer_id: 'transfer',
  message_id: 'message',
  type_id: 'type',
  volume_type: 'type',
  new_type: 'type',
  vol_type_id: 'type',
  volume_type_id: 'type',
  qos_id: 'qos',
  image_id: 'image',
  imageRef: 'image',
  quota_project_id: 'project',
  default_project_id: 'project',
  project: 'projectUuid',
  host_name: 'service',
  host: 'host',
  binary: 'binary',
  class_name: 'class',
  alias: 'alias',
  key: 'key',
};

const idsMax = 200;

/** Names that requests can be made of: what is there, and what belongs to others. */
export class KnownObjects {
  private readonly own = new Map<string, string[]>();
  private readonly others = new Map<string, string[]>();

  /** The latest ones are kept. What belongs to others stays theirs, whoever has heard of it: administrators see everything. */
  add(kind: string, ...ids: readonly string[]): void {
    const own = ids.filter((id) => !this.others.get(kind)?.includes(id));
    this.own.set(kind, [...(this.own.get(kind) ?? []), ...own].slice(-idsMax));
  }

  addCanary(kind: string, id: string): void {
    this.others.set(kind, [...(this.others.get(kind) ?? []), id]);
  }

  /** Something of the asker's for a field of this name; undefined where nothing of the kind is known. */
  one(field: string, random: Random): string | undefined {
    return pickFrom(this.own.get(kinds[field] ?? ''), random);
  }

  /** The same, of somebody else's. */
  canary(field: string, random: Random): string | undefined {
    return pickFrom(this.others.get(kinds[field] ?? ''), random);
  }

  /** Takes up the id of an answer to a create, and the first one of a list. */
  learn(body: string): void {
    const found = /^\{"(\w+?)s?":\[?\{"id":"([0-9a-f-]{36})"/.exec(body);
    const [, key = '', id = ''] = found ?? [];
    if (Object.hasOwn(learnt, key)) this.add(learnt[key]!, id);
  }
}

/** By the key of an answer, without the s of a list. */
const learnt: Readonly<Record<string, string>> = {
  volume: 'volume',
  snapshot: 'snapshot',
  attachment: 'attachment',
  transfer: 'transfer',
  message: 'message',
  volume_type: 'type',
  qos_spec: 'qos',
};

function pickFrom(ids: readonly string[] | undefined, random: Random): string | undefined {
  return ids && ids.length > 0 ? random.pick(ids) : undefined;
}
