import {
  ColumnFinder,
  csvDocument,
  csvResult,
  csvStart,
  formatEventId,
  inlineRows,
  jsonDocument,
  jsonResult,
  markdownDocument,
  markdownResult,
  markdownStart,
  ndjsonDocument,
  ndjsonResult,
  pageOf,
  resultHtml,
  resultPage,
  rowHtml,
  rowJson,
  rowMarkdown,
  studioHtml,
  type Columns,
  type Document,
  type Format,
  type PageHead,
  type ResultPage,
  type ResultQuery,
} from '@multitask/result-formats';
import type { GroupHeader, GroupView, RowView } from '@multitask/task-group';
import type { FoundGroup, GroupSource } from '../group/group.source';
import type { GroupExports } from '../export/group.export';
import type { SqliteFiles } from '../export/sqlite.files';
import { streamed } from '../export/streamed';
import type { Body, Content } from '../http/body.sender';
import type { OutageWatch } from '../outage/outage.watch';
import type { AssetStore } from './page-assets';
import { studioAssets } from './studio.assets';

/** Formats that have an end; the event stream is opened elsewhere. */
export const documentFormats = ['json', 'html', 'md', 'csv', 'ndjson', 'sqlite'] as const satisfies readonly Format[];
export type DocumentFormat = (typeof documentFormats)[number];
type PageFormat = Exclude<DocumentFormat, 'sqlite'>;

export const rowFormats = ['json', 'html', 'md'] as const satisfies readonly Format[];
export type RowFormat = (typeof rowFormats)[number];

/** Characters of JSON a page inlines; rows of long reports make fewer than {@link inlineRows} of them. */
const inlineLength = 1_000_000;

/** A group of so many rows is read at once; a longer one piece by piece, so that memory stays flat however long it is. */
const rowsAtOnce = 500;

/** Fetches what is asked for and says how it is written. */
export class ResultPresenter {
  constructor(
    private readonly source: GroupSource,
    private readonly exports: GroupExports,
    private readonly files: SqliteFiles,
    private readonly assets: AssetStore,
    private readonly outage: Pick<OutageWatch, 'notice'>,
    /** Changes with the program, so that an upgrade is no «not modified». */
    private readonly revision: string,
  ) {}

  async group(groupId: string, format: DocumentFormat, query: ResultQuery): Promise<Body> {
    if (format === 'sqlite') return this.file(groupId);
    const asked = format === 'html' ? { ...query, limit: Math.min(query.limit ?? inlineRows, inlineRows) } : query;
    if (asked.statuses && asked.limit !== undefined) return this.picked(groupId, format, asked, asked.limit);
    const found = await this.source.header(groupId);
    // One that was folded from the log is in memory already, however long it is.
    const isSpooled = found.from === 'read model' && asked.limit === undefined;
    const isLong = isSpooled && found.view.rowCount - asked.from > rowsAtOnce;
    const open = () => (isLong ? this.long(groupId, format, asked) : this.short(groupId, format, asked, found));
    return { format, etag: this.etag(found, format), open };
  }

  /** Rows that memory has room for. */
  private async short(
    groupId: string,
    format: PageFormat,
    query: ResultQuery,
    known: FoundGroup<GroupHeader | GroupView>,
  ): Promise<Content> {
    const { view, incarnation } =
      'rows' in known.view
        ? { ...known, view: known.view }
        : await this.source.page(groupId, query.from, query.limit ?? Number.MAX_SAFE_INTEGER);
    const page = resultPage(view, query, this.eventId(incarnation, view), this.outage.notice);
    return { pieces: this.write(format, page), etag: this.etag({ view, incarnation }, format) };
  }

  /** The page that opens the file. Named by the group's state as the others are: its title says how far the group is. */
  async studio(groupId: string): Promise<Body> {
    const found = await this.source.header(groupId);
    const open = () => ({ pieces: [studioHtml(found.view, studioAssets(this.assets))] });
    return { format: 'html', etag: this.etag(found, 'html').replace('.html.', '.studio.'), open };
  }

  /** The file holds all of the group, whatever part of it was asked for. */
  private async file(groupId: string): Promise<Body> {
    const etag = this.etag(await this.source.header(groupId), 'sqlite');
    const open = async (): Promise<Content> => {
      const { group, bytes, read, close } = await this.files.open(groupId, etag);
      const headers = {
        'content-length': String(bytes),
        'content-disposition': `attachment; filename="${groupId}.sqlite"`,
      };
      return { pieces: read(), etag: this.etag({ view: group.header, ...group }, 'sqlite'), headers, close };
    };
    return { format: 'sqlite', etag, open };
  }

  /** All rows of a long group. */
  private async long(groupId: string, format: PageFormat, query: ResultQuery): Promise<Content> {
    const finder = new ColumnFinder();
    const { group, spool, filled, close } = await this.exports.open(groupId, query, (row) => finder.see(row));
    const { header, incarnation } = group;
    const { notice } = this.outage;
    const page = { header, query, eventId: this.eventId(incarnation, header), notice, nextCursor: null };
    const columns = async () => {
      await filled;
      return finder.columns(header.spec);
    };
    const rows = () => spool.rows();
    const [start, document] = longDocument(format, page, columns);
    return { pieces: streamed(start, document, rows), etag: this.etag({ view: header, ...group }, format), close };
  }

  /** Rows of some statuses up to a limit: looked for until there are enough, however far that is. */
  private async picked(groupId: string, format: PageFormat, query: ResultQuery, limit: number): Promise<Body> {
    const group = await this.source.open(groupId);
    try {
      const rows: RowView[] = [];
      let next = query.from;
      for (let isLast = false; !isLast && rows.length < limit;) {
        const some = await group.read(next, rowsAtOnce);
        isLast = some.length < rowsAtOnce;
        for (const row of some) {
          if (rows.length === limit) break;
          next = row.row + 1;
          if (query.statuses!.has(row.status)) rows.push(row);
        }
      }
      const { header, incarnation } = group;
      const page = pageOf(header, rows, next, {
        query,
        eventId: this.eventId(incarnation, header),
        notice: this.outage.notice,
      });
      const open = () => ({ pieces: this.write(format, page) });
      return { format, etag: this.etag({ view: header, ...group }, format), open };
    } finally {
      await group.close();
    }
  }

  row(row: RowView, header: GroupHeader, format: RowFormat): Body {
    const pieces = (): Iterable<string> => {
      if (format === 'html') return [rowHtml(row, header, this.assets.page)];
      if (format === 'md') return [rowMarkdown(row, header)];
      return [`${JSON.stringify(rowJson(row, header))}\n`];
    };
    return { format, etag: undefined, open: () => ({ pieces: pieces() }) };
  }

  /** The sequence of the group's own last event names its state; a page also changes with its script and style, and all with a notice. */
  etag({ view, incarnation }: Pick<FoundGroup<GroupHeader>, 'view' | 'incarnation'>, format: string): string {
    const revision = format === 'html' ? `${this.revision}.${this.assets.revision}` : this.revision;
    const notice = this.outage.notice === null ? '' : '.notice';
    return `W/"${incarnation}-${view.seq}.${view.generation}.${format}.${revision}${notice}"`;
  }

  private eventId = (incarnation: string, { seq }: GroupHeader): string => formatEventId({ incarnation, seq });

  private write(format: PageFormat, page: ResultPage): Iterable<string> {
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

/** What a long document begins with, and the rest of it once its columns are known. */
function longDocument(
  format: PageFormat,
  page: PageHead,
  columns: () => Promise<Columns>,
): [start: string, document: () => Promise<Document>] {
  switch (format) {
    case 'csv':
      return [csvStart(page), async () => csvDocument(page, await columns())];
    case 'md':
      return [markdownStart(page), async () => markdownDocument(page, await columns())];
    case 'ndjson':
      return ['', async () => ndjsonDocument(page)];
    case 'json':
    case 'html': {
      const document = jsonDocument(page);
      return [document[0]!.before, async () => document];
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
