/** What is known of the file at one moment. */
export type Fetched =
  | { readonly kind: 'new'; readonly file: ArrayBuffer }
  | { readonly kind: 'same' }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'away' };

/** The group as a SQLite file, fetched again only when it changed: the server is asked by ETag, and never a question of SQL. */
export class GroupFile {
  private etag: string | undefined;

  constructor(private readonly url: string) {}

  async fetch(): Promise<Fetched> {
    try {
      const known: Record<string, string> = this.etag === undefined ? {} : { 'if-none-match': this.etag };
      const answer = await fetch(this.url, {
        headers: { accept: 'application/vnd.sqlite3', ...known },
        cache: 'no-store',
      });
      if (answer.status === 304) return { kind: 'same' };
      if (answer.status === 404 || answer.status === 410) {
        const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
        return { kind: 'gone', reason: problem.detail ?? 'The results are gone.' };
      }
      if (!answer.ok) return { kind: 'away' };
      const file = await answer.arrayBuffer();
      this.etag = answer.headers.get('etag') ?? undefined;
      return { kind: 'new', file };
    } catch {
      return { kind: 'away' };
    }
  }
}
