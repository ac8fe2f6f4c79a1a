/**
 * The steps at which Hearth answers otherwise than the recorded Cinder on purpose, and why. A step that is listed and does not
 * differ fails the test as one that differs and is not listed.
 */
export const differences: Readonly<Record<string, string>> = {
  '044-volume-unset-property.3':
    'Cinder calls JSON text/html where a request names no type of content; it is called JSON here.',
  '073-snapshot-get-404':
    'The recorded backend could not delete the snapshot while a clone of it was there; it is deleted here.',
  '177-volume-get-while-deleting-or-404':
    'The volume is gone by then: the recorded backend took a second to remove it.',
  '099-log-levels': 'Log levels are configuration of each app (HEARTH_LOG_LEVEL); the API cannot read or set them.',
  '124-attachment-delete-as-user':
    'Cinder fails with 500 where it cannot ask a compute service; a clear refusal (409) is what its documentation promises.',
};
