import { createFields, processors } from '@multitask/contracts';
import { estimateOf, specFromFields } from '@multitask/task-group';
import fc from 'fast-check';
import { faultOf } from './checks';
import { placesOf } from './problem.places';
import { agoText, mostRecent, readRecent, withGroup, withoutGroup } from './recent.list';
import { requestText } from './request.text';
import { dollars, duration, sentence } from './words';

const around = { rows: 10, estimate: 0.05, values: { webhook_url: 'https://example.com' } };

describe('the checks while one types', () => {
  /** Values at the edges of what a field takes: said to be wrong exactly when the service refuses them. */
  it.each([
    ['webhook_url', ['https://example.com/x', 'ftp://example.com', 'https://', 'example.com']],
    ['webhook_secret', [`whsec_${'A'.repeat(32)}`, `whsec_${'A'.repeat(28)}`, 'secret']],
    ['ttl_days', ['1', '90', '0', '91', '1.5', 'a']],
    ['max_inputs', ['100', '0', '2.5', 'x']],
    ['metadata', ['team: a', '{"a":1}', 'team', '[1]', '{']],
    ['mcp_servers', ['[]', '{}', '[']],
    ['input_schema', ['{"type":"object"}', '3', '{']],
    ['advanced_settings.location', ['de', 'deu', 'd1']],
    ['source_policy.include_domains', ['example.com .gov', 'https://example.com', 'a b/c']],
    ['previous_interaction_id', ['trun_1', 'a b', 'x'.repeat(129)]],
    ['memory_scope_key', ['team-1', 'ä']],
  ])('%s', (name, texts) => {
    for (const text of texts) {
      const root = name.split('.')[0] as keyof typeof createFields;
      const isTaken = (() => {
        try {
          return createFields[root].safeParse(specFromFields([[name, text]])[root]).success;
        } catch {
          return false;
        }
      })();
      expect([text, faultOf(name, text, around) === undefined]).toEqual([text, isTaken]);
    }
  });

  it('know what is around a field', () => {
    expect(faultOf('max_cost_usd', '0.05', around)).toBeUndefined();
    expect(faultOf('max_cost_usd', '0.04', around)).toBe('The estimate is $0.05: nothing would be started.');
    expect(faultOf('max_cost_usd', '0.04', { ...around, estimate: undefined })).toBeUndefined();
    expect(faultOf('max_cost_usd', 'much', around)).toMatch(/number of dollars/);
    expect(faultOf('max_inputs', '9', around)).toMatch(/There are 10 rows/);
    expect(faultOf('webhook_secret', `whsec_${'A'.repeat(32)}`, { ...around, values: {} })).toMatch(
      /without a webhook/,
    );
    expect(faultOf('ttl_days', ' ', around)).toBeUndefined();
    expect(faultOf('toString', 'x', around)).toBeUndefined();
  });
});

describe('a refusal', () => {
  const fields = [
    'inputs',
    'api_key',
    'metadata',
    'mcp_servers',
    'source_policy.include_domains',
    'source_policy.after_date',
  ];
  const placed = (field: string, message = 'is wrong') => placesOf({ errors: [{ field, message }] }, fields)[0];

  it('is told beside the field it names', () => {
    expect(placed('metadata')).toEqual({ field: 'metadata', message: 'Is wrong.' });
    expect(placed('inputs[3]')).toEqual({ field: 'inputs', message: 'Row 4 is wrong.' });
    expect(placed('mcp_servers[0].name')?.field).toBe('mcp_servers');
    expect(placed('source_policy.include_domains[1]')?.field).toBe('source_policy.include_domains');
    expect(placed('source_policy')?.field).toBe('source_policy.include_domains');
    expect(placesOf({ field: 'x-api-key', detail: 'Parallel refused it.' }, fields)).toEqual([
      { field: 'api_key', message: 'Parallel refused it.' },
    ]);
  });

  it('is told of the whole where no field is its own', () => {
    expect(placesOf({ title: 'Too much', detail: 'No credit is left.' }, fields)).toEqual([
      { field: undefined, message: 'No credit is left.' },
    ]);
    expect(
      placesOf({ errors: [{ field: 'metadatas', message: 'is not known' }], detail: 'All of it.' }, fields),
    ).toEqual([{ field: undefined, message: 'All of it.' }]);
    expect(placesOf({}, fields)).toEqual([{ field: undefined, message: 'The service refused this.' }]);
  });
});

describe('the groups of this browser', () => {
  const group = (n: number) => ({ id: `tgrp_${n}`, title: `Group ${n}`, rows: n, at: n });

  it('are the newest, each once', () => {
    let groups = Array.from({ length: 30 }, (_, i) => group(i)).reduce(withGroup, [] as ReturnType<typeof readRecent>);
    expect(groups).toHaveLength(mostRecent);
    groups = withGroup(groups, { ...group(20), title: 'again' });
    expect(groups[0]?.title).toBe('again');
    expect(groups.filter(({ id }) => id === 'tgrp_20')).toHaveLength(1);
    expect(withoutGroup(groups, 'tgrp_20').some(({ id }) => id === 'tgrp_20')).toBe(false);
    expect(readRecent(JSON.stringify(groups))).toEqual(groups);
  });

  it('are none where something else was kept', () => {
    const strange = [
      null,
      '',
      '{',
      '{}',
      'null',
      '[1,null,{}]',
      JSON.stringify([{ ...group(1), id: 'javascript:alert(1)' }]),
    ];
    for (const text of strange) expect(readRecent(text)).toEqual([]);
    fc.assert(fc.property(fc.json(), (text) => expect(Array.isArray(readRecent(text))).toBe(true)));
  });

  it('say how long ago', () => {
    expect([-5, 20_000, 300_000, 7_200_000, 864_000_000].map(agoText)).toEqual([
      ...['just now', 'just now', '5 min ago', '2 h ago', '10 days ago'],
    ]);
  });
});

describe('the same as a request', () => {
  const parts = { origin: 'https://multitask.example', spec: { output_type: 'text', title: "it's" }, needsKey: true };

  it('is a command that a shell takes as it stands', () => {
    expect(requestText({ ...parts, inputs: { kind: 'file', text: "my 'rows'.csv" } })).toBe(
      `curl https://multitask.example/v1beta/tasks/multitask \\\n  -H "x-api-key: $PARALLEL_API_KEY" \\\n` +
        `  -F 'spec={"output_type":"text","title":"it'\\''s"}' \\\n  -F 'inputs=@my '\\''rows'\\''.csv'`,
    );
    expect(requestText({ ...parts, needsKey: false, inputs: { kind: 'text', text: '["a"]' } })).toContain(
      `--json '{\n  "inputs": [\n    "a"\n  ],`,
    );
    expect(requestText({ ...parts, inputs: { kind: 'url', text: 'https://x.example/a.csv' } })).toContain(
      '"inputs": "https://x.example/a.csv"',
    );
    expect(requestText({ ...parts, inputs: { kind: 'none', text: '' } })).not.toContain('inputs');
    expect(requestText({ ...parts, inputs: { kind: 'text', text: 'a\n1' } })).toContain("'inputs=@rows.csv'");
  });
});

describe('the estimate', () => {
  it('is the one the service decides by', () => {
    for (const { name, usdPerRun } of processors)
      expect(estimateOf(1_000, name).cost_usd).toBeCloseTo(usdPerRun * 1_000, 5);
  });

  it('is told in words', () => {
    expect([0.005, 0.015, 0.6, 2, 1_234.5].map(dollars)).toEqual(['$0.005', '$0.015', '$0.60', '$2.00', '$1,234.50']);
    expect([10, 89, 120, 3_600, 7_200, 90_000].map(duration)).toEqual([
      '10 s',
      '89 s',
      '2 min',
      '60 min',
      '2.0 h',
      '25 h',
    ]);
    expect(['is wrong', 'Done.'].map(sentence)).toEqual(['Is wrong.', 'Done.']);
  });
});
