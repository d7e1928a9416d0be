import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeEvent, eventType, UnreadableEventError } from './codec';
import { eventKinds, type EventName } from './registry';

/** Bodies as they were written by the release that introduced their version. A file is never changed: the log is full of them. */
const folder = join(__dirname, 'fixtures');
const fixtures = readdirSync(folder).map((file) => ({
  type: file.replace(/\.json$/, ''),
  data: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
}));
const names = Object.keys(eventKinds) as EventName[];

describe('stored events', () => {
  it.each(fixtures)('$type of any version can still be read', ({ type, data }) => {
    expect(names).toContain(decodeEvent(type, data).name);
  });

  it.each(names)('%s has a stored example of its current version, and loses nothing when read', (name) => {
    const stored = fixtures.find((fixture) => fixture.type === eventType(name));
    expect(stored).toBeDefined();
    expect(decodeEvent(stored!.type, stored!.data)).toEqual({ name, data: stored!.data });
  });

  it.each<[string, string, unknown]>([
    ['an unknown type', 'multitask.unheard.of.v1', {}],
    ['a version of tomorrow', 'multitask.group.completed.v2', { generation: 1, counts: {} }],
    ['a missing field', 'multitask.group.completed.v1', { counts: {} }],
    ['a wrong type', 'multitask.runs.requested.v1', { batch: 1, keys: 'all', deadline: 'now' }],
    ['no object', 'multitask.rows.accepted.v1', null],
    ['a name every object has', 'constructor', {}],
  ])('with %s cannot be read and say so', (_, type, data) => {
    expect(() => decodeEvent(type, data)).toThrow(UnreadableEventError);
  });
});
