/** The properties that Glance and Cinder read an image's signature from. */
export const signatureProperties = {
  signature: 'img_signature',
  hashMethod: 'img_signature_hash_method',
  keyType: 'img_signature_key_type',
  certificateId: 'img_signature_certificate_uuid',
} as const;

/**
 * Which of them an image has: none, all, or a part, which is a mistake. One that is there and empty is there, as for cursive's
 * `signature_utils`.
 */
export function presentSignatureProperties(properties: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(signatureProperties).filter((name) => Object.hasOwn(properties, name));
}
