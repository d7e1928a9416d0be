import {
  csvResult,
  formatEventId,
  inlineRows,
  jsonResult,
  markdownResult,
  ndjsonResult,
  resultHtml,
  resultPage,
  rowHtml,
  rowJson,
  rowMarkdown,
  type Format,
  type ResultPage,
  type ResultQuery,
} from '@multitask/result-formats';
import type { GroupHeader, RowView } from '@multitask/task-group';
import type { FoundGroup, GroupSource } from '../group/group.source';
import type { Body } from '../http/body.sender';
import type { OutageWatch } from '../outage/outage.watch';
import type { AssetStore } from './page-assets';

/** Formats that have an end; the event stream is opened elsewhere. */
export const documentFormats = ['json', 'html', 'md', 'csv', 'ndjson'] as const satisfies readonly Format[];
export type DocumentFormat = (typeof documentFormats)[number];

export const rowFormats = ['json', 'html', 'md'] as const satisfies readonly Format[];
export type RowFormat = (typeof rowFormats)[number];

/** Characters of JSON a page inlines; rows of long reports make fewer than {@link inlineRows} of them. */
const inlineLength = 1_000_000;

/** Fetches what is asked for and says how it is written. */
export class ResultPresenter {
  constructor(
    private readonly source: GroupSource,
    private readonly assets: AssetStore,
    private readonly outage: Pick<OutageWatch, 'notice'>,
    /** Changes with the program, so that an upgrade is no «not modified». */
    private readonly revision: string,
  ) {}

  async group(groupId: string, format: DocumentFormat, query: ResultQuery): Promise<Body> {
    const asked = format === 'html' ? { ...query, limit: Math.min(query.limit ?? inlineRows, inlineRows) } : query;
    const found = await this.find(groupId, asked);
    const eventId = formatEventId({ incarnation: found.incarnation, seq: found.view.seq });
    const page = resultPage(found.view, asked, eventId, this.outage.notice);
    return { format, etag: this.etag(found, format), pieces: () => this.write(format, page) };
  }

  row(row: RowView, header: GroupHeader, format: RowFormat): Body {
    const pieces = (): Iterable<string> => {
      if (format === 'html') return [rowHtml(row, header, this.assets.page)];
      if (format === 'md') return [rowMarkdown(row, header)];
      return [`${JSON.stringify(rowJson(row, header))}\n`];
    };
    return { format, etag: undefined, pieces };
  }

  /** The sequence of the group's own last event names its state; a page also changes with its script and style, and all with a notice. */
  etag({ view, incarnation }: FoundGroup<GroupHeader>, format: string): string {
    const revision = format === 'html' ? `${this.revision}.${this.assets.revision}` : this.revision;
    const notice = this.outage.notice === null ? '' : '.notice';
    return `W/"${incarnation}-${view.seq}.${view.generation}.${format}.${revision}${notice}"`;
  }

  /** Without a filter on status, the rows of a page are all that has to be read. */
  private find(groupId: string, { statuses, limit, from }: ResultQuery): Promise<FoundGroup> {
    if (statuses || (limit === undefined && from === 0)) return this.source.snapshot(groupId);
    return this.source.page(groupId, from, limit ?? Number.MAX_SAFE_INTEGER);
  }

  private write(format: DocumentFormat, page: ResultPage): Iterable<string> {
    switch (format) {
      case 'json':
        return jsonResult(page);
      case 'md':
        return markdownResult(page);
      case 'csv':
        return csvResult(page);
      case 'ndjson':
        return ndjsonResult(page);
      case 'html':
        return [resultHtml(shortened(page), this.assets.page)];
    }
  }
}

/** Fewer rows where they are long: the rest is fetched by the cursor, as with any page. */
function shortened(page: ResultPage): ResultPage {
  let length = 0;
  const fits = page.rows.findIndex((row) => {
    length += JSON.stringify(row).length;
    return length > inlineLength;
  });
  if (fits <= 0) return page;
  const view = { ...page.header, rows: [...page.rows] };
  return resultPage(view, { ...page.query, limit: fits }, page.eventId, page.notice);
}
