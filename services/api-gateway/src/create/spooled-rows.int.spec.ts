import { spoolSpace } from '../inputs/spool.space';
import { launchGateway, type LaunchedGateway } from '../testing/gateway.launcher';

/** Beyond the 8 MiB that are kept in memory, so that each of these uploads goes to a file. */
const rowsOf = (count: number) => `"${'x'.repeat(100_000)}"\n`.repeat(count);
const [large, small] = [rowsOf(90), rowsOf(50)];
const spec = { output_type: 'text', processor: 'lite' };

describe('the rows of a large upload', () => {
  let gateway: LaunchedGateway;
  let mostInUse = 0;
  beforeAll(async () => {
    gateway = await launchGateway({ UPSTREAM_KIND: 'parallel', LOG_MAX_BYTES: String(16 * 1024 * 1024) });
    const take = spoolSpace.take.bind(spoolSpace);
    jest.spyOn(spoolSpace, 'take').mockImplementation((bytes) => {
      take(bytes);
      mostInUse = Math.max(mostInUse, spoolSpace.inUse);
    });
  });
  beforeEach(() => void (mostInUse = 0));
  afterAll(async () => {
    jest.restoreAllMocks();
    await gateway?.close();
  });

  const send = (rows: string, options: { key?: string; repeat?: string; query?: string; spec?: object } = {}) => {
    const form = new FormData();
    form.append('spec', JSON.stringify({ ...spec, ...options.spec }));
    form.append('inputs', new Blob([rows], { type: 'application/x-ndjson' }), 'rows.ndjson');
    return fetch(gateway.create + (options.query ?? ''), {
      method: 'POST',
      headers: {
        accept: 'application/json',
        ...(options.key && { 'x-api-key': options.key }),
        ...(options.repeat && { 'idempotency-key': options.repeat }),
      },
      body: form,
    });
  };
  const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;

  // In this order: the log is filled on the way.
  it.each<[string, () => Promise<Response>, number, string | undefined, boolean]>([
    ['a created group', () => send(large, { key: 'k', repeat: 'once' }), 201, undefined, true],
    ['a repeated Idempotency-Key', () => send(large, { key: 'k', repeat: 'once' }), 201, undefined, true],
    [
      'an Idempotency-Key of another request',
      () => send(large, { key: 'k', repeat: 'once', spec: { title: 'other' } }),
      422,
      'idempotency_key_reused',
      true,
    ],
    [
      'a bad field',
      () => send(large, { key: 'k', spec: { webhook_url: 'http://10.0.0.1/' } }),
      400,
      'url_not_allowed',
      true,
    ],
    [
      'a bad field in a dry run',
      () => send(large, { query: '?dry_run=1', spec: { webhook_url: 'http://10.0.0.1/' } }),
      400,
      'url_not_allowed',
      true,
    ],
    ['a dry run', () => send(large, { query: '?dry_run=1' }), 200, undefined, true],
    ['a missing key, asked for before anything is read', () => send(large), 401, 'key_missing', false],
    ['another group', () => send(small, { key: 'k' }), 201, undefined, false],
    ['a full log', () => send(large, { key: 'k' }), 503, 'log_full', true],
  ])('are gone from the disk after %s', async (_, request, status, code, wasOnDisk) => {
    const response = await request();
    expect({ status: response.status, code: await codeOf(response) }).toEqual({ status, code });
    expect(mostInUse > 0).toBe(wasOnDisk);
    expect(spoolSpace.inUse).toBe(0);
  });
});
