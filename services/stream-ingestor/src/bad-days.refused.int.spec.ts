import { asking, buying, listing, sufferBadDays, type BadDay } from './testing/bad-days';

const limited = { reason: 'upstream_down', message: expect.stringMatching(/takes no more requests/) };

const badDays: Record<string, BadDay> = {
  '401 to purchases': {
    faults: [{ kind: 'respond', status: 401, message: 'who are you', match: buying }],
    told: { reason: 'key_refused', message: 'who are you' },
  },
  '401 to everything, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 401, match: asking }],
    told: { reason: 'key_refused' },
    mended: 'by-owner',
  },
  '402': {
    faults: [{ kind: 'respond', status: 402, message: 'no money', match: buying }],
    told: { reason: 'credit', message: 'no money' },
  },
  '402, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 402, match: buying }],
    told: { reason: 'credit' },
    mended: 'by-owner',
  },
  '403 on a later batch': {
    faults: [{ kind: 'respond', status: 403, skip: 1, match: buying }],
    told: { reason: 'key_refused' },
  },
  '404 to purchases': { faults: [{ kind: 'respond', status: 404, match: buying }], told: { reason: 'key_refused' } },
  '429 without Retry-After': { faults: [{ kind: 'respond', status: 429, match: buying }], told: limited },
  '429 with a long Retry-After, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 429, retry_after: 1_800, match: buying }],
    told: limited,
    mended: 'by-owner',
  },
  '429 to questions': { faults: [{ kind: 'respond', status: 429, match: listing }], told: limited },
};

describe('a day of refusals is told, survived and paid once', () => {
  sufferBadDays(badDays, {
    // Less than one failed reading takes: the next one may bring the last row, and then there is nothing left to be told.
    INGEST_DOWN_TOLD_SECONDS: '1',
  });
});
