/** What was being done, by the ids of Cinder's message_field.py; those that failures here can have. */
export const messageActions = {
  '001': 'schedule allocate volume',
  '003': 'copy volume to image',
  '004': 'update attachment',
  '005': 'copy image to volume',
  '007': 'extend volume',
  '008': 'create volume from backend storage',
  '009': 'create snapshot',
  '010': 'delete snapshot',
  '016': 'reimage volume',
} as const;
export type MessageAction = keyof typeof messageActions;

/** What went wrong, by the ids of Cinder's message_field.py; those that failures here can have. */
export const messageDetails = {
  '001': 'An unknown error occurred.',
  '003': 'Could not find any available weighted backend.',
  '004': 'Failed to upload volume to image at backend.',
  '007': 'Image used for creating volume exceeds available space.',
  '010': 'Volume Driver failed to extend volume.',
  '011': 'Image signature verification failed.',
  '012': 'Driver failed to create the volume.',
  '013': 'Snapshot failed to create.',
  '016': 'Snapshot failed to delete.',
  '021': 'Failed to attach volume.',
  '022': 'Failed to detach volume.',
  '028': 'Compute service failed to reimage volume.',
  '029': 'The image disk format must be the same as the volume format for the volume type you are requesting.',
} as const;
export type MessageDetail = keyof typeof messageDetails;
