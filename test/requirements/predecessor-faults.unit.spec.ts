import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');

/** A spec file and a test in it, by the title as it is written there. */
type Proof = readonly [file: string, title: string];

const results = 'services/results-gateway/src/result.int.spec.ts';
const streams = 'services/results-gateway/src/stream/stream.int.spec.ts';
const heartbeat = 'services/results-gateway/src/results-gateway.settings.unit.spec.ts';
const view = 'libs/task-group/src/view/group-view.property.unit.spec.ts';
const flatRow = 'libs/task-group/src/view/flat-row.unit.spec.ts';
const projector = 'services/projector/src/projector.int.spec.ts';
const takeover = 'services/stream-ingestor/src/takeover.int.spec.ts';
const purchase = 'services/stream-ingestor/src/purchase.int.spec.ts';
const processes = 'test/e2e/processes.e2e.spec.ts';
const load = 'test/e2e/upstream-load.e2e.spec.ts';
const create = 'services/api-gateway/src/create/create.int.spec.ts';
const workflow = 'services/api-gateway/src/create/create.workflow.int.spec.ts';
const access = 'services/api-gateway/src/access.int.spec.ts';
const webhooks = 'services/notifier/src/webhooks/webhooks.int.spec.ts';
const expiry = 'services/notifier/src/expiry/expiry.int.spec.ts';
const markdown = 'libs/result-formats/src/markdown/result.markdown.unit.spec.ts';
const page = 'libs/result-formats/src/html/result.html.unit.spec.ts';
const outbound = 'libs/outbound-http/src/outbound.client.int.spec.ts';

const faults: readonly (readonly [fault: string, proofs: readonly Proof[]])[] = [
  [
    'the event stream never sent a byte, because its handler waited on it',
    [
      [streams, 'begins before there is anything to tell, with headers no proxy may sit on'],
      [streams, '%s receives a heartbeat comment at each interval, and nothing else'],
      [heartbeat, 'is 15,000 ms unless set otherwise, as docs/PROTOCOL.md promises'],
    ],
  ],
  [
    'the status was a copy from the creation, and counts and rows disagreed',
    [
      [view, 'the counts are those of the rows and sum to their number'],
      [projector, 'shows at any moment a state the log was in'],
    ],
  ],
  [
    'after a restart rows stayed queued for ever',
    [
      [takeover, 'a group whose holder is killed in the middle goes on with another'],
      [takeover, 'a restarted one takes its own groups back at once'],
      [processes, 'kill -9 of %s: the group ends whole, no row is bought twice, the webhook comes under one id'],
    ],
  ],
  [
    'three rows cost hundreds of upstream reads a second',
    [
      [load, 'one event stream however many viewers, and fewer than ten other requests a minute'],
      [purchase, 'of 250 rows goes in batches, over one stream and with few requests'],
    ],
  ],
  [
    'inputs were checked only after the group was created upstream',
    [
      [create, '%s is a problem that names its field; nothing is created upstream'],
      [create, 'has left nothing in the database'],
    ],
  ],
  [
    'a failed batch ended the others, or its rows vanished',
    [
      [purchase, 'the upstream is down for a while'],
      [purchase, 'the answer is lost and the list is cut'],
      [purchase, 'rejects a row that is too large, alone'],
    ],
  ],
  [
    'a failed suggestion left no schema; warnings and the chosen processor were not told',
    [
      [workflow, 'has no group without a schema: a failed suggestion is an error'],
      [workflow, 'falls back to core, and says so, when no processor is suggested'],
      [create, 'suggests schema, title and processor from words, with every warning of the suggestion'],
    ],
  ],
  [
    'the webhook came too early, endlessly or never, unsigned and only once',
    [
      [webhooks, 'is delivered once, signed, under the id of the completion, and not before the group reads as done'],
      [webhooks, 'waits for the projector'],
      [webhooks, 'is tried again after a failure, with the same id and body, and told each time'],
      [webhooks, 'is given up after three days, visibly'],
    ],
  ],
  [
    'any guessed id was an empty group',
    [
      [results, '%s is told in the format asked for'],
      [results, 'an expired group is gone in every format (projected: %s)'],
    ],
  ],
  [
    'inputs named like our own fields overwrote them',
    [[flatRow, 'never loses a value, and never lets anybody take $id or $status']],
  ],
  [
    'Markdown tables broke on pipes, values were cut short, and the header said complete from the first second',
    [
      [markdown, 'has status first, then the data with its confidence, and the reason of a failure'],
      [markdown, 'says at the end that it is done'],
      [markdown, 'cuts a long value and links the whole of it'],
      [markdown, 'keeps its columns and its rows, and lets no HTML in, whatever the data'],
    ],
  ],
  [
    'values ran as scripts, in HTML and out of JSON in a script element',
    [
      [page, 'shows every value as text and nothing else, whatever the data'],
      [page, 'shows %j in its place'],
      [page, 'is the same JSON and cannot leave its element'],
    ],
  ],
  ['the API key was shown in clear text', [[access, 'the key shows up nowhere but in the vault']]],
  [
    'a URL of inputs was fetched from anywhere, of any size, for any time',
    [
      [outbound, 'never calls %s'],
      [outbound, 'never follows a name to %s'],
      [outbound, 'does not follow a %s there'],
      [outbound, 'refuses an announced length over the limit before reading it'],
      [outbound, 'ends a body that drips, by its total time'],
    ],
  ],
  [
    'nothing was ever deleted',
    [[expiry, 'comes after its time to live, and then no store says anything of what was in it']],
  ],
  [
    'a JSON client without a key was sent to a login page',
    [
      [access, 'nobody without a key, and nothing of the body is read'],
      [access, 'whoever sends a key as %s'],
    ],
  ],
];

describe('what earlier implementations of this surface got wrong', () => {
  it('is all here', () => expect(faults).toHaveLength(16));

  describe.each(faults)('%s', (_, proofs) => {
    it.each(proofs)('%s: %s', (file, title) => {
      const text = readFileSync(resolve(root, file), 'utf8');
      expect(text.split(`'${title}'`)).toHaveLength(2);
      expect(text).not.toMatch(/\b(?:it|test|describe)\.(?:skip|only|todo)\b|\bx(?:it|test|describe)\(/);
    });
  });
});
