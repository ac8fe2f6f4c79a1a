/** `GET /os-availability-zone`. */
export function zonesView(zones: readonly { readonly name: string; readonly available: boolean }[]) {
  return { availabilityZoneInfo: zones.map(({ name, available }) => ({ zoneName: name, zoneState: { available } })) };
}
