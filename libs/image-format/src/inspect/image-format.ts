/** The formats a file is recognised as by its own bytes. */
export const imageFormats = ['raw', 'qcow2', 'qed', 'vmdk', 'vhd', 'vhdx', 'vdi', 'parallels', 'luks', 'iso'] as const;

export type ImageFormat = (typeof imageFormats)[number];

/** Glance's names that differ from ours. Kernel, ramdisk and machine images of the Amazon kind are raw bytes. */
const otherNames: Readonly<Record<string, ImageFormat>> = { ploop: 'parallels', ami: 'raw', aki: 'raw', ari: 'raw' };

/** The format a Glance `disk_format` stands for; undefined for a name we do not know. */
export function parseDiskFormat(diskFormat: string): ImageFormat | undefined {
  const known = imageFormats.find((format) => format === diskFormat);
  return known ?? (Object.hasOwn(otherNames, diskFormat) ? otherNames[diskFormat] : undefined);
}
