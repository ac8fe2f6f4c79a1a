/** Extra specs that every user may see: they say what can be done with a volume of the type; the others say how backends are set up. */
const userVisible: readonly string[] = ['RESKEY:availability_zones', 'multiattach', 'replication_enabled'];

export const isUserVisible = (key: string) => userVisible.includes(key);
