import { awaitEnd, readAll } from '../asking';
import { failedChecks } from '../failed-check';
import { holds } from './bytes';
import { type FormatRules, refuse } from './format-rules';
import { checkWithin } from './truncated';
import { checkBlocks } from './vhdx.blocks';
import { checkHeaders, headerBytes, headerOffsets } from './vhdx.headers';
import {
  blockEntries,
  checkItems,
  checkMetadataTable,
  itemStretches,
  readItems,
  readMetadataTable,
  tableBytes,
} from './vhdx.metadata';
import { checkRegions, readRegionTable, regionTable } from './vhdx.regions';

/**
 * The format of Hyper-V since 2012: two headers, a table of regions, and in one of the regions a table of metadata.
 * A log that has to be replayed first is left to the converter, which refuses it.
 */
export const vhdx: FormatRules = {
  matches: (prefix) => holds(prefix, 0, 'vhdxfile'),

  *inspect() {
    const headers = headerOffsets.map((offset) => ({ offset, length: headerBytes }));
    const [first, second, table] = (yield* readAll([...headers, regionTable])) as [Buffer, Buffer, Buffer];
    const damaged = failedChecks(checkHeaders, [first, second]);
    if (damaged.length > 0) return refuse(...damaged);

    const regions = readRegionTable(table);
    const wrongRegions = failedChecks(checkRegions, regions);
    const { metadata, blockTable } = regions;
    if (wrongRegions.length > 0 || !metadata || !blockTable) return refuse(...wrongRegions);

    // Without the metadata it is not known how many of its entries are used; those that are not are zeros.
    const isTableFirst = blockTable.offset < metadata.offset;
    const wrongBlock = isTableFirst
      ? yield* checkBlocks(blockTable, regionTable.offset + regionTable.length)
      : undefined;
    if (wrongBlock) return refuse({ check: 'block-table', detail: wrongBlock });

    const [head] = (yield* readAll([{ offset: metadata.offset, length: tableBytes }])) as [Buffer];
    const entries = readMetadataTable(head, metadata);
    const wrongTable = failedChecks(checkMetadataTable, entries);
    if (wrongTable.length > 0) return refuse(...wrongTable);

    const items = readItems(yield* readAll(itemStretches(entries)), blockTable);
    const failures = failedChecks(checkItems, items);
    if (failures.length > 0) return refuse(...failures);
    if (!isTableFirst) {
      const used = { offset: blockTable.offset, length: blockEntries(items) * 8 };
      const wrong = yield* checkBlocks(used, metadata.offset + metadata.length);
      if (wrong) return refuse({ check: 'block-table', detail: wrong });
    }
    const { sizeBytes } = yield* awaitEnd();
    const parts = [
      { name: 'region of metadata', until: metadata.offset + metadata.length },
      { name: 'table of blocks', until: blockTable.offset + blockTable.length },
    ];
    failures.push(...checkWithin(sizeBytes, ...parts));
    if (failures.length > 0) return refuse(...failures);
    return { failures, image: { format: 'vhdx', virtualSizeBytes: Number(items.diskSize), qemuFormat: 'vhdx' } };
  },
};
