import { commandLocation } from './command.redirect';
import { acceptsGzip, isKnown } from './body.sender';
import { groupTarget, problemFormat, runTarget, wantsStudio } from './target';

const group = `tgrp_${'a'.repeat(32)}`;
const run = `trun_${'b'.repeat(32)}`;

describe('a path', () => {
  it('names a group or a run, with or without a format', () => {
    expect(groupTarget(group)).toEqual({ id: group, format: undefined });
    expect(groupTarget(`${group}.json`)).toEqual({ id: group, format: 'json' });
    expect(runTarget(`${run}.sse`)).toEqual({ id: run, format: 'sse' });
  });

  it.each([
    'tgrp_x',
    `${group}.exe`,
    `${group}.json.md`,
    `${group}*`,
    `${group}.>`,
    `tgrp_${'A'.repeat(32)}`,
    `${group}\0`,
    ` ${group}`,
  ])('%j is no group', (name) =>
    expect(() => groupTarget(name)).toThrow(expect.objectContaining({ code: expect.stringMatching(/not_found/) })),
  );
});

describe('.db', () => {
  it.each<[string | undefined, boolean]>([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['*/*', false],
    [undefined, false],
    ['application/vnd.sqlite3', false],
    ['application/vnd.sqlite3, text/html', false],
    ['image/png', false],
  ])('for %j is a page: %s', (accept, page) => {
    expect(wantsStudio(groupTarget(`${group}.db`), accept)).toBe(page);
    expect(wantsStudio(groupTarget(`${group}.sqlite`), accept)).toBe(false);
  });
});

describe('a failure', () => {
  it.each<[string, string | undefined, string]>([
    [`/${group}.html`, undefined, 'html'],
    [`/${group}.md?x=.json`, 'text/html', 'md'],
    [`/${group}`, 'text/html,*/*;q=0.8', 'html'],
    [`/${group}.json`, 'text/html', 'json'],
    [`/${group}.sse`, 'text/html', 'json'],
    [`/${group}.sqlite`, 'text/html', 'json'],
    [`/${group}.db`, 'text/html,*/*;q=0.8', 'html'],
    [`/${group}.db`, '*/*', 'json'],
    [`/${group}`, 'text/event-stream', 'json'],
    [`/${group}`, 'image/png', 'json'],
    ['/nothing', 'text/markdown', 'md'],
  ])('at %s for %s is told as %s', (url, accept, format) => expect(problemFormat(url, accept)).toBe(format));
});

describe('a short form of a command', () => {
  it.each([
    ['POST', `/${group}/runs`, `/v1beta/tasks/multitask/${group}/runs`],
    ['POST', `/${group}/cancel?a=b?c`, `/v1beta/tasks/multitask/${group}/cancel?a=b?c`],
    ['DELETE', `/${group}`, `/v1beta/tasks/multitask/${group}`],
    ['GET', `/${group}/webhook`, `/v1beta/tasks/multitask/${group}/webhook`],
  ])('%s %s leads to its place', (method, url, location) => expect(commandLocation(method, url)).toBe(location));

  it.each([
    ['GET', `/${group}`],
    ['GET', `/${group}/runs/${run}`],
    ['POST', `/${group}`],
    ['POST', `/${group}/other`],
    ['POST', `//evil.example/${group}/runs`],
    ['DELETE', '/tgrp_x'],
  ])('%s %s is none', (method, url) => expect(commandLocation(method, url)).toBeUndefined());
});

describe('what a client says it can take or has', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['gzip', true],
    ['br, GZIP;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0, br', false],
    ['deflate', false],
    ['xgzip', false],
  ])('Accept-Encoding %j: gzip %s', (header, accepted) => expect(acceptsGzip(header)).toBe(accepted));

  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    ['*', true],
    ['"b"', false],
  ])('If-None-Match %j: known %s', (header, known) => expect(isKnown('W/"a"', header)).toBe(known));
});
