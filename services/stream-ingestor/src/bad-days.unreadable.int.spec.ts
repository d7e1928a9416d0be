import { asking, buying, listing, sufferBadDays, type BadDay } from './testing/bad-days';

const away = { reason: 'upstream_down', message: expect.stringMatching(/does not answer/) };
const unreadable = { reason: 'upstream_down', message: expect.stringMatching(/list of runs cannot be read/) };

const badDays: Record<string, BadDay> = {
  '503 to purchases': { faults: [{ kind: 'respond', status: 503, match: buying }], told: away },
  '500 to questions': { faults: [{ kind: 'respond', status: 500, match: listing }], told: away },
  'pages of a proxy with 502': { faults: [{ kind: 'respond', status: 502, body: 'html', match: asking }], told: away },
  'pages of a proxy with 200': { faults: [{ kind: 'respond', status: 200, body: 'html', match: asking }], told: away },
  'garbage for every answer': {
    faults: [{ kind: 'respond', status: 200, body: 'garbage', match: asking }],
    told: away,
  },
  'nothing for an answer': { faults: [{ kind: 'respond', status: 200, body: 'empty', match: asking }], told: away },
  'resets of every connection': { faults: [{ kind: 'reset', match: asking }], told: away },
  'a list that never ends': { faults: [{ kind: 'endless_list' }, { kind: 'omit_state' }], told: unreadable },
  'a list that repeats itself for ever': {
    faults: [{ kind: 'endless_list', how: 'repeats' }, { kind: 'omit_state' }],
    told: unreadable,
  },
  'lists that are cut': {
    faults: [{ kind: 'cut_stream', how: 'mid_frame', match: { endpoint: ['list_runs', 'group_events'] } }],
    told: unreadable,
  },
  'lists that are half open': {
    faults: [{ kind: 'stall_stream', match: { endpoint: ['list_runs', 'group_events'] } }],
    told: unreadable,
  },
};

describe('a day without readable answers is told, survived and paid once', () => {
  sufferBadDays(badDays, {
    // Less than one failed reading takes: the next one may bring the last row, and then there is nothing left to be told.
    INGEST_DOWN_TOLD_SECONDS: '1',
  });
});
