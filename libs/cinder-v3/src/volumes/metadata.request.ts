import { badRequest } from '../fault';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema } from '../http/wire-schema';
import { metadataBodySchema, metadataItemBodySchema } from './metadata.schema';

type Texts = Readonly<Record<string, string>>;

/** Reads the body of `POST` or `PUT …/metadata`. Throws a fault of 400. */
export function parseMetadata(body: unknown): Texts {
  checkWireSchema(body, metadataBodySchema);
  checkStorable(body, 'metadata');
  return (body as { readonly metadata: Texts }).metadata;
}

/** Reads the body of `PUT …/metadata/{key}`. Throws a fault of 400, also where it is about another key. */
export function parseMetadataItem(body: unknown, key: string): Texts {
  checkWireSchema(body, metadataItemBodySchema);
  checkStorable(body, 'meta');
  const { meta } = body as { readonly meta: Texts };
  if (!Object.hasOwn(meta, key)) throw badRequest('Request body and URI mismatch');
  return meta;
}
