import { z } from 'zod';
import { noticeSchemas, noticeTypes } from './catalogue';

/** Folder of the published schemas, from the root of the repository. */
export const schemasFolder = 'docs/reference/events';

/** The published JSON Schemas by file name, as text. Fields may be added; subscribers pass over what they do not know. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map(noticeTypes.map((type) => [`${type}.schema.json`, textOf(type)]));
}

function textOf(type: (typeof noticeTypes)[number]): string {
  const { $schema, ...schema } = z.toJSONSchema(noticeSchemas[type], { io: 'input' });
  return `${JSON.stringify({ $schema, title: type, ...schema }, null, 2)}\n`;
}
