/** How a volume is encrypted, as its type says. */
export interface EncryptionFields {
  readonly encryptionKeyId: string | null;
  readonly encryption: {
    readonly provider: string;
    readonly cipher: string | null;
    /** Bits. */
    readonly keySize: number | null;
    readonly controlLocation: string;
  } | null;
}

/** The body of `GET /volumes/{volume_id}/encryption`. */
export function encryptionView({ encryptionKeyId, encryption }: EncryptionFields) {
  return {
    encryption_key_id: encryptionKeyId,
    ...(encryption && {
      control_location: encryption.controlLocation,
      cipher: encryption.cipher,
      key_size: encryption.keySize,
      provider: encryption.provider,
    }),
  };
}
