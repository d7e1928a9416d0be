export * from './view/group-view';
export { changedRows } from './view/changed-rows';
export { advances } from './view/run-progress';
export { applyToView, emptyFold, type GroupFold } from './view/group-view.projection';
export { flatName, flattenRow, inputFields, outputFields, type FlatRow } from './view/flat-row';
export * from './create';
export * from './ingest';
export * from './notify';
export * from './commands';
