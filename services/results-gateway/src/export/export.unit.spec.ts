import { setImmediate as nextTurn } from 'node:timers/promises';
import { columnsIn, csvDocument, csvResult, csvStart, resultPage, wholeResult } from '@multitask/result-formats';
import { applyToView, emptyFold, type GroupView, type RowView } from '@multitask/task-group';
import { GroupStory } from '@multitask/testing';
import type { OpenGroup } from '../group/group.source';
import { ExportTurns } from './export.turns';
import { GroupExports } from './group.export';
import { RowSpool } from './row.spool';
import { SpoolSpace } from './spool.space';
import { streamed } from './streamed';

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
const view = viewOf(new GroupStory().created(Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat(10_000) }))));

/** A group in memory that counts who has it open. */
function source(rows: readonly RowView[] = view.rows, read?: () => Promise<RowView[]>) {
  const open = { now: 0, most: 0, readings: [] as number[] };
  const group = (): OpenGroup => {
    let isOpen = true;
    open.most = Math.max(open.most, ++open.now);
    return {
      header: view,
      incarnation: 'i',
      from: 'read model',
      read: async (from, limit) => {
        open.readings.push(limit);
        return (await read?.()) ?? rows.slice(from, from + limit);
      },
      close: async () => {
        if (isOpen) open.now--;
        isOpen = false;
      },
    };
  };
  return { open, source: { open: async () => group() } };
}

const all = async (spool: RowSpool): Promise<RowView[]> => {
  const rows: RowView[] = [];
  for await (const some of spool.rows()) rows.push(...some);
  return rows;
};

describe('an export of a long group', () => {
  it('holds the database only as long as the database needs, whatever the reader does', async () => {
    const { source: groups, open } = source();
    const space = new SpoolSpace();
    const opened = await new GroupExports(groups, new ExportTurns(), space).open('g', wholeResult, () => undefined);
    await opened.filled;
    expect(open.now).toBe(0);
    // 3 MB in all, of which memory keeps one.
    expect(space.inUse).toBeGreaterThan(1_900_000);
    expect(await all(opened.spool)).toEqual(view.rows);
    expect(await all(opened.spool)).toEqual(view.rows);
    await opened.close();
    expect(space.inUse).toBe(0);
  });

  it('reads fewer rows at a time where they are long', async () => {
    const { source: groups, open } = source();
    const opened = await new GroupExports(groups, new ExportTurns(), new SpoolSpace()).open('g', wholeResult, () => 0);
    await opened.filled;
    await opened.close();
    expect(open.readings[0]).toBe(100);
    expect(open.readings[1]).toBeGreaterThan(190);
    expect(open.readings[1]).toBeLessThan(220);
  });

  it('shows every row to whoever asks for its columns, and only rows of the statuses asked for', async () => {
    const { source: groups } = source();
    const seen: number[] = [];
    const query = { from: 0, statuses: new Set(['failed' as const]) };
    const none = await new GroupExports(groups, new ExportTurns(), new SpoolSpace()).open('g', query, () =>
      seen.push(0),
    );
    expect(await all(none.spool)).toEqual([]);
    expect(seen).toEqual([]);
    await none.close();
  });

  it('waits for its turn, and is told to come back when too many wait', async () => {
    const turns = new ExportTurns({ running: 1, waiting: 1 });
    const { source: groups, open } = source();
    const exports = new GroupExports(groups, turns, new SpoolSpace());
    const end = await turns.take();
    const waiting = exports.open('g', wholeResult, () => undefined);
    await expect(exports.open('g', wholeResult, () => undefined)).rejects.toMatchObject({ code: 'not_ready' });
    expect(open.most).toBe(0);
    end();
    end();
    const opened = await waiting;
    await opened.filled;
    await opened.close();
    // The turn was given back once, not twice.
    const first = await turns.take();
    const second = turns.take();
    await expect(turns.take()).rejects.toMatchObject({ code: 'not_ready' });
    first();
    (await second)();
  });

  it('tells its reader when the database breaks off, and lets go of it', async () => {
    const { source: groups, open } = source(view.rows, () => Promise.reject(new Error('gone')));
    const opened = await new GroupExports(groups, new ExportTurns(), new SpoolSpace()).open('g', wholeResult, () => 0);
    await expect(all(opened.spool)).rejects.toThrow('gone');
    expect(open.now).toBe(0);
    await opened.close();
  });

  it('stops reading when nobody takes it any more', async () => {
    const { source: groups, open } = source();
    const space = new SpoolSpace();
    const opened = await new GroupExports(groups, new ExportTurns(), space).open('g', wholeResult, () => undefined);
    await opened.close();
    await expect(opened.filled).rejects.toThrow('closed');
    expect([open.now, space.inUse]).toEqual([0, 0]);
  });

  it('takes no more of the disk than it may', async () => {
    const space = new SpoolSpace(500_000);
    const opened = await new GroupExports(source().source, new ExportTurns(), space).open('g', wholeResult, () => 0);
    await expect(all(opened.spool)).rejects.toMatchObject({ code: 'not_ready' });
    await opened.close();
    expect(space.inUse).toBe(0);
  });
});

describe('a document of rows that are still coming', () => {
  it('begins before the first row was looked at, and is the same as one of rows that are there', async () => {
    const spool = new RowSpool(new SpoolSpace());
    const page = { header: view, query: wholeResult, eventId: null, notice: null, nextCursor: null };
    const columns = Promise.withResolvers<Parameters<typeof csvDocument>[1]>();
    const pieces = streamed(
      csvStart(page),
      async () => csvDocument(page, await columns.promise),
      () => spool.rows(),
    );
    expect((await pieces.next()).value).toBe('$id,$status');
    const rest = (async () => {
      let text = '$id,$status';
      for await (const piece of pieces) text += piece;
      return text;
    })();
    await spool.append(view.rows);
    columns.resolve(columnsIn(view.spec, view.rows));
    await nextTurn();
    spool.end();
    expect(await rest).toBe([...csvResult(resultPage(view))].join(''));
    await spool.close();
  });
});
