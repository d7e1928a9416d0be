import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { JsonValue, MultitaskError } from '@multitask/contracts';
import fc from 'fast-check';
import { limited } from './byte.budget';
import { JsonBodyReader } from './json-body.reader';
import type { RowBatches } from './row.batches';
import { readRows } from './rows.reader';
import { RowSpool } from './row.spool';
import { SpoolSpace } from './spool.space';
import { utf8 } from './utf8.decoder';
import { acceptRows } from './accepted-rows';

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

const collectRows = async (batches: RowBatches): Promise<JsonValue[]> => {
  const found: JsonValue[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
};

/** A body that arrives in pieces of so many bytes, cutting characters where it may. */
const inPieces = (text: string, size: number): Readable => {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return Readable.from(pieces);
};

const quoted = (value: string): string =>
  /[",\r\n;\t]/.test(value) || value.trim() !== value ? `"${value.replaceAll('"', '""')}"` : value;

describe('a table that arrives in pieces', () => {
  it('gives back what a spreadsheet wrote, whatever is in its cells', async () => {
    // A byte order mark at the very start is not part of a value, and NUL is refused elsewhere.
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0\uFEFF\r]/.test(text) && text.trim() !== '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, size) => {
          const text = ['first,second', ...rows.map((row) => row.map(quoted).join(','))].join('\r\n');
          const found = await collectRows(readRows({ body: inPieces(text, size), contentType: 'text/csv' }));
          expect(found).toEqual(rows.map(([first, second]) => ({ first, second })));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a single column', 'name\nAda\nBo', [{ name: 'Ada' }, { name: 'Bo' }]],
    ['a byte order mark and Windows line ends', '\uFEFFname,x\r\nÄda,1\r\n', [{ name: 'Äda', x: '1' }]],
    ['line breaks inside quotes', 'a,b\n"1\n2",3', [{ a: '1\n2', b: '3' }]],
    ['semicolons', 'a;b\n1,5;2', [{ a: '1,5', b: '2' }]],
    ['tabs', 'a\tb\n1\t2', [{ a: '1', b: '2' }]],
    [
      'ragged ends',
      'a,b,c\n1\n1,2,3,\n',
      [
        { a: '1', b: '', c: '' },
        { a: '1', b: '2', c: '3' },
      ],
    ],
    ['a column called constructor', 'constructor,toString\nx,y', [{ constructor: 'x', toString: 'y' }]],
  ])('may have %s', async (_, text, rows) => {
    expect(await collectRows(readRows({ body: inPieces(text, 3) }))).toEqual(rows);
  });
});

describe('JSON and NDJSON that arrive in pieces', () => {
  it('give their rows wherever they were cut', async () => {
    const row = fc.record({ name: fc.string({ unit: 'grapheme' }), n: fc.integer() });
    const clean = row.filter(({ name }) => !name.includes('\0'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(clean, { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (rows, size, lines) => {
          const text = lines ? rows.map((value) => JSON.stringify(value)).join('\n') : JSON.stringify(rows, null, 1);
          expect(await collectRows(readRows({ body: inPieces(text, size) }))).toEqual(rows);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a row of more than 1,048,576 characters', () => {
  const endless = (start: string, taken: { characters: number }) =>
    Readable.from(
      (function* () {
        yield Buffer.from(start);
        for (; ; taken.characters += 65_536) yield Buffer.alloc(65_536, 'x');
      })(),
    );

  it.each([
    ['JSON', 'application/json', '["', 'invalid_inputs'],
    ['NDJSON', 'application/x-ndjson', '"', 'invalid_inputs'],
    ['CSV', 'text/csv', 'a,b\n', 'invalid_inputs'],
  ])('is refused while it arrives, before anything is parsed: %s', async (_, contentType, start, code) => {
    const taken = { characters: 0 };
    const reading = collectRows(readRows({ body: endless(start, taken), contentType }));
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining('1048576') });
    expect(taken.characters).toBeLessThan(1_300_000);
  });

  it('is refused in the body of a request as well', async () => {
    const taken = { characters: 0 };
    const text = utf8(endless('{"inputs":["a","', taken), 'The body')[Symbol.asyncIterator]();
    const reading = collectRows(new JsonBodyReader(text).rows());
    await expect(reading).rejects.toMatchObject({ code: 'malformed_body', details: { field: 'inputs[1]' } });
    expect(taken.characters).toBeLessThan(1_300_000);
  });

  it('is refused wherever it comes from; one below goes on, and is rejected alone', async () => {
    const refused = acceptRows([['x'.repeat(1_048_577)]], 10);
    await expect(refused).rejects.toMatchObject({ code: 'too_large', details: { field: 'inputs[0]' } });
    const rows = await acceptRows([['x'.repeat(1_000_000), 'a']], 10);
    expect(rows.oversized(100)).toEqual([0]);
    await rows.dispose();
  });
});

describe('a body with limits', () => {
  it('passes when it is small enough', async () => {
    const body = limited(inPieces('abcdef', 2), { maxBytes: 6, what: 'The body' });
    expect(Buffer.concat(await collect(body)).toString()).toBe('abcdef');
  });

  it('ends when it is not, and lets go of its source', async () => {
    const source = inPieces('abcdef', 2);
    await expect(collect(limited(source, { maxBytes: 5, what: 'The body', field: 'inputs' }))).rejects.toMatchObject({
      code: 'too_large',
      message: 'The body is larger than 5 bytes.',
      details: { field: 'inputs' },
    });
    expect(source.destroyed).toBe(true);
  });

  it.each([
    ['a byte every second', 1_000],
    ['a byte every 200 ms', 200],
    ['nothing for a day', 86_400_000],
  ])('ends when it drags on: %s', async (_, pauseMs) => {
    jest.useFakeTimers({ now: 0 });
    try {
      const drip = (async function* () {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
          yield Buffer.from('x');
        }
      })();
      const outcome = expect(
        collect(limited(drip, { maxBytes: 1_000, what: 'The body', watchSpeed: true })),
      ).rejects.toMatchObject({ code: 'request_timeout' });
      await jest.advanceTimersByTimeAsync(20_000);
      await outcome;
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('many small rows that arrive at once', () => {
  it('are worked on in turns with everybody else', async () => {
    let turns = 0;
    let going = true;
    const count = () => void (going && (turns++, setImmediate(count)));
    setImmediate(count);
    const rows = await acceptRows([Array<string>(100_000).fill('x')], 100_000);
    going = false;
    expect(turns).toBeGreaterThan(2);
    await rows.dispose();
  });
});

describe('rows between checking and storing', () => {
  it('are the same from memory and from a file, as often as they are asked for', async () => {
    const spool = new RowSpool();
    const chunks = Array.from({ length: 12 }, (_, i) => ({
      firstRow: i * 2,
      inputs: [{ i, text: 'ä'.repeat(500_000) }, `row ${i}`],
    }));
    for (const chunk of chunks) await spool.add(chunk);
    expect(await collect(spool.chunks())).toEqual(chunks);
    expect(await collect(spool.chunks())).toEqual(chunks);
    await spool.dispose();
  });

  it('have no name in the folder of files, so that nothing stays behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spool-'));
    const spool = new RowSpool(new SpoolSpace(), folder);
    for (let i = 0; i < 12; i++) await spool.add({ firstRow: i, inputs: ['x'.repeat(900_000)] });
    expect(await readdir(folder)).toEqual([]);
    expect(await collect(spool.chunks())).toHaveLength(12);
    await spool.dispose();
    await rmdir(folder);
  });

  it('are asked for again later where the disk takes none', async () => {
    const spool = new RowSpool(new SpoolSpace(), join(tmpdir(), 'a folder that is not there'));
    const fill = async () => {
      for (let i = 0; i < 12; i++) await spool.add({ firstRow: i, inputs: ['x'.repeat(900_000)] });
    };
    await expect(fill()).rejects.toMatchObject({ code: 'not_ready', details: { retryAfter: 30 } });
    await spool.dispose();
  });

  it('take no more of the disk than all requests together may', async () => {
    const space = new SpoolSpace(1_000_000);
    const chunk = { firstRow: 0, inputs: ['x'.repeat(900_000)] };
    const [one, two] = [new RowSpool(space), new RowSpool(space)];
    const fill = async (spool: RowSpool) => {
      for (let i = 0; i < 10; i++) await spool.add(chunk);
    };
    await fill(one);
    await expect(fill(two)).rejects.toMatchObject({ code: 'not_ready' });
    await one.dispose();
    await one.dispose();
    await two.add(chunk);
    await two.dispose();
    expect(() => space.take(1_000_000)).not.toThrow();
  });

  it('have one digest however they were sent', async () => {
    const rows = [{ a: '1' }, { a: '2' }];
    const one = await acceptRows([rows], 10);
    const two = await acceptRows(readRows({ body: inPieces('a\n1\n2', 2) }), 10);
    const other = await acceptRows([[...rows].reverse()], 10);
    expect(one.digest).toBe(two.digest);
    expect(one.digest).not.toBe(other.digest);
  });

  it('are counted, and only so many', async () => {
    let read = 0;
    const endless = (function* () {
      for (;;) {
        read++;
        yield 'row';
      }
    })();
    await expect(acceptRows([endless], 10)).rejects.toMatchObject({ code: 'too_large' });
    expect(read).toBe(11);
  });

  it('name every bad one, up to twenty', async () => {
    await expect(acceptRows([['ok', 1, {}]], 10)).rejects.toMatchObject({
      code: 'invalid_inputs',
      details: { field: 'inputs[1]', errors: [{ field: 'inputs[1]' }, { field: 'inputs[2]' }] },
    });
    const many = await acceptRows([Array<null>(50).fill(null)], 100).catch((error: unknown) => error);
    expect((many as MultitaskError).details.errors).toHaveLength(20);
  });

  it('tell which are too large together with a specification', async () => {
    const rows = await acceptRows([['x'.repeat(9_000), 'x'.repeat(12_000), 'x'.repeat(24_000)]], 10);
    expect(rows.oversized(14_000)).toEqual([1, 2]);
    expect(rows.oversized(1_000)).toEqual([]);
  });
});
