import { buying, sufferBadDays, type BadDay } from './testing/bad-days';

const answerLost = { kind: 'reset', when: 'after', times: 1, match: buying };

const badDays: Record<string, BadDay> = {
  '403 on the first batch': {
    faults: [{ kind: 'respond', status: 403, match: buying }],
    counts: { rejected: 4 },
  },
  '422 that says nothing of a row': {
    faults: [{ kind: 'respond', status: 422, match: buying }],
    counts: { rejected: 4 },
  },
  '429 with a short Retry-After': {
    faults: [{ kind: 'respond', status: 429, retry_after: 0.8, times: 2, match: buying }],
    apartMs: 800,
  },
  '503 to a purchase that was made': {
    faults: [{ kind: 'respond', status: 503, when: 'after', times: 2, match: buying }],
  },
  'garbage for an answer to a purchase that was made': {
    faults: [{ kind: 'respond', status: 200, body: 'garbage', when: 'after', times: 2, match: buying }],
  },
  'headers that come too late': { faults: [{ kind: 'delay', seconds: 5.4, times: 1, match: buying }] },
  'a purchase that is never answered': { faults: [{ kind: 'hang', times: 1, match: buying }] },
  'a lost answer and a list that lags': { faults: [answerLost, { kind: 'lag_list', seconds: 1 }] },
  'a lost answer and a list of ended runs alone': { faults: [answerLost, { kind: 'hide_active' }] },
  'a lost answer of a batch taken in part': { faults: [answerLost, { kind: 'accept_partially', accept: 1, times: 1 }] },
  'runs that are cancelled upstream': {
    faults: [{ kind: 'end_runs', status: 'cancelled', times: 2 }],
    counts: { cancelled: 2, completed: 2 },
  },
  'runs that ask for something we cannot give': {
    faults: [{ kind: 'end_runs', status: 'action_required', times: 2 }],
    counts: { action_required: 2, completed: 2 },
  },
  'a batch taken in part': { faults: [{ kind: 'accept_partially', accept: 1, times: 1 }] },
  'runs that nobody here asked for': { faults: [{ kind: 'foreign_runs', count: 2, times: 1 }], foreignRuns: 2 },
};

describe('what passes by itself is not worth a word, and paid once', () => {
  sufferBadDays(badDays, { INGEST_DOWN_TOLD_SECONDS: '600' });
});
