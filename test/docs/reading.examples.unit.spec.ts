import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openApiDocument } from '@multitask/api-gateway';
import {
  closedFrame,
  csvResult,
  encodeFrame,
  framesOf,
  jsonResult,
  markdownResult,
  ndjsonResult,
  parseResultQuery,
  resultPage,
  rowJson,
  rowMarkdown,
  statusProbe,
} from '@multitask/result-formats';
import { applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import { GroupStory, jsonOutput } from '@multitask/testing';

interface Media {
  readonly example?: unknown;
  readonly examples?: { readonly finished: { readonly $ref: string } };
}
interface Document {
  readonly paths: Record<string, { get: { responses: { 200: { content: Record<string, Media> } } } }>;
  readonly components: { readonly examples: Record<string, { value: unknown }> };
}

const document = openApiDocument('https://multitask.example') as Document;

function example(path: string, mediaType: string): unknown {
  const media = document.paths[path]!.get.responses['200'].content[mediaType]!;
  return media.examples
    ? document.components.examples[media.examples.finished.$ref.split('/').at(-1)!]!.value
    : media.example;
}

const basis = [
  {
    field: 'capital',
    reasoning: 'The constitution names it.',
    confidence: 'high' as const,
    citations: [
      { url: 'https://example.com/france', title: 'France', excerpts: ['The capital of the Republic is Paris.'] },
    ],
  },
];
const story = new GroupStory()
  .created([{ country: 'France' }], {
    origin: 'https://multitask.example',
    spec: { title: 'Capitals', processor: 'lite', output: { type: 'auto' }, ttl_days: 30 },
  })
  .bought([0])
  .reported(0, 'completed', { output: jsonOutput({ capital: 'Paris' }, basis) });
const reported = story.events.at(-1)!;
story.completed();
const viewUpTo = (seq: number): GroupView =>
  story.events.slice(0, seq).reduce(applyToView, emptyFold(story.groupId)).view!;
const view = (): GroupView => viewUpTo(story.events.length);
const page = () => resultPage(view(), parseResultQuery({}), `mV3kq0aTzP1x-${view().seq}`);

describe('an example in the OpenAPI document is what is really sent', () => {
  it.each([
    ['application/json', () => JSON.parse([...jsonResult(page())].join('')) as unknown],
    ['text/markdown', () => [...markdownResult(page())].join('')],
    ['text/csv', () => [...csvResult(page())].join('')],
    ['application/x-ndjson', () => [...ndjsonResult(page())].join('')],
  ])('a group as %s', (mediaType, sent) => {
    expect(example('/{taskgroup_id}', mediaType)).toEqual(sent());
  });

  it('the status', () => {
    expect(example('/{taskgroup_id}/status', 'application/json')).toEqual(statusProbe(view()));
  });

  it('one event on the stream: its last frame alone has the id', () => {
    const frames = framesOf(viewUpTo(reported.seq), reported);
    const sent = frames.map((frame, i) =>
      encodeFrame(frame, i === frames.length - 1 ? `mV3kq0aTzP1x-${reported.seq}` : null),
    );
    expect(sent).toHaveLength(2);
    expect(example('/{taskgroup_id}.sse', 'text/event-stream')).toBe(sent.join(''));
  });

  it.each(['/{taskgroup_id}/runs/{run_id}', '/trun_{run_digits}'])('a row at %s', (path) => {
    const row = view().rows[0]!;
    const [state] = framesOf(viewUpTo(reported.seq), reported);
    // The document names another run there than for the group.
    const { run } = example(path, 'application/json') as { run: { run_id: string } };
    const renamed = (text: string) => text.replaceAll(row.runId!, run.run_id);
    expect(example(path, 'application/json')).toEqual(JSON.parse(renamed(JSON.stringify(rowJson(row, view())))));
    expect(example(path, 'text/markdown')).toBe(rowMarkdown(row, view()));
    expect(example(path, 'text/event-stream')).toBe(renamed(encodeFrame(state!) + encodeFrame(closedFrame)));
  });

  it.each(['json', 'md', 'html', 'csv', 'ndjson', 'sqlite', 'db', 'sse'])(
    'every extension has a path of its own: .%s',
    (extension) => {
      expect(document.paths).toHaveProperty([`/{taskgroup_id}.${extension}`]);
    },
  );
});

describe('the stream the README shows', () => {
  const readme = readFileSync(resolve(__dirname, '../../README.md'), 'utf8');
  const shown = /follow\.sh[^]*?```\n((?:id|event): [^]*?)```/.exec(readme)![1]!;
  const frames = shown
    .trim()
    .split('\n\n')
    .map((text) => {
      // Shortened with an ellipsis, so it is no JSON.
      const [, id, type, eventId] =
        /^(?:id: (\S+)\n)?event: (\S+)\ndata: \{"type":"\2","event_id":(null|"[^"]+"),.*\}$/.exec(text) ?? [];
      return { text, id, type, eventId };
    });

  it('has frames in their order of lines, whose event_id repeats the id', () => {
    for (const { text, id, type, eventId } of frames)
      expect({ text, type, eventId }).toEqual({
        text,
        type: expect.any(String),
        eventId: id === undefined ? 'null' : `"${id}"`,
      });
  });

  it('gives the id of an event to its last frame alone', () => {
    const told = story.events.slice(-2).map((event) => framesOf(viewUpTo(event.seq), event));
    expect(frames.map(({ type, id }) => [type, id !== undefined])).toEqual([
      ...told.flatMap((ofEvent) => ofEvent.map(({ event }, i) => [event, i === ofEvent.length - 1])),
      [closedFrame.event, false],
    ]);
  });
});
