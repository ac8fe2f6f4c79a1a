import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { checkpointsTable, deletedMessagesTable } from './configuration.tables';
import { factTables } from './fact-tables';
import { logIncidentsTable, logWitnessTable } from './log.tables';
import { quotaClassesTable, quotaLimitsTable, quotaReservationsTable } from './quota.tables';
import { columnName, isNullable, sqlType, type AnyTable, type Column } from './table';
import { defaultTypesTable, qosSpecsTable, typeAccessTable, volumeTypesTable } from './volume-types.table';

/** Every table as TypeORM knows it: a test holds these entities against what the migrations made. */
export const entities: readonly EntitySchema<object>[] = [
  ...factTables,
  checkpointsTable,
  deletedMessagesTable,
  logWitnessTable,
  logIncidentsTable,
  volumeTypesTable,
  typeAccessTable,
  defaultTypesTable,
  qosSpecsTable,
  quotaLimitsTable,
  quotaClassesTable,
  quotaReservationsTable,
].map(entityOf);

function entityOf(table: AnyTable): EntitySchema<object> {
  const columns = Object.entries(table.columns).map(([property, column]) => [
    property,
    columnOptions(property, column, table.key.includes(property)),
  ]);
  return new EntitySchema<object>({
    name: table.name,
    tableName: table.name,
    columns: Object.fromEntries(columns),
  });
}

function columnOptions(property: string, column: Column, primary: boolean): EntitySchemaColumnOptions {
  return {
    name: columnName(property),
    type: sqlType(column) as EntitySchemaColumnOptions['type'],
    nullable: isNullable(column),
    primary,
    ...(column.startsWith('id') && { collation: 'C' }),
  };
}
