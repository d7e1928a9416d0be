export { pieceLength, written, type Document, type PageHead, type Pass } from './document/passes';
export { ColumnFinder, Columns, columnsIn, maxColumns, moreColumn } from './rows/columns';
export { basisOf } from './rows/confidence';
export { rowError } from './rows/row-error';
export { csvDocument, csvResult, csvStart } from './table/csv';
export { ndjsonDocument, ndjsonResult } from './table/ndjson';
export { jsonDocument, jsonResult, resultHead, resultRow } from './json/result.json';
export { runJson } from './json/run.json';
export { rowJson, rowUnderRun, timingOf } from './json/row.json';
export { markdownDocument, markdownResult, markdownStart } from './markdown/result.markdown';
export { rowMarkdown } from './markdown/row.markdown';
export { problemMarkdown } from './markdown/problem.markdown';
export { inlineRows, resultHtml } from './html/result.html';
export { statusOrder } from './html/progress.html';
export { studioHtml, type SealedFile, type StudioAssets } from './html/studio.html';
export { groupsHtml } from './html/groups.html';
export { rowHtml } from './html/row.html';
export { problemHtml } from './html/problem.html';
export type { PageAssets } from './html/document';
export { html, inlineJson, type Html } from './html/template';
export { longestDocument, readDocument, type Block, type Cells } from './text/document';
export type { Inline } from './text/inline';
export { webUrl } from './text/web-url';
export { statusJson, statusProbe, type StatusJson, type StatusProbe } from './group/status';
export { costOf, type Cost } from './group/cost';
export { paceText, type Pace } from './group/pace';
export { progressOf, progressTitle, titleOf, type Progress } from './group/progress';
export { formats, mediaTypes, negotiate, type Format } from './query/negotiation';
export { pageOf, resultPage, type ResultPage } from './query/result-page';
export {
  invalid,
  maxPageRows,
  parseResultQuery,
  wholeResult,
  type QueryParameters,
  type ResultQuery,
} from './query/result-query';
export { formatEventId, parseEventId, type StreamPosition } from './stream/event-id';
export { encodeFrame, type Frame } from './stream/frame';
export { closedFrame, framesOf, resetFrame } from './stream/event.frames';
export { noticeFrame } from './stream/notice.frame';
export { taskRunState } from './stream/row.frames';
export { snapshotFrames } from './stream/snapshot.frames';
