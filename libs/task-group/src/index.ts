export * from './view/group-view';
export { advances } from './view/run-progress';
export { applyToView, emptyFold, type GroupFold } from './view/group-view.projection';
export { flattenRow, inputFields, outputFields, type FlatRow } from './view/flat-row';
