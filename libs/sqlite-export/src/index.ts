export { writeSqlite, type GroupContent } from './sqlite.writer';
export { TableShape, type FileColumn } from './table.shape';
