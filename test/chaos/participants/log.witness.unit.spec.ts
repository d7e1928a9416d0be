import { assemble, type RawMessage } from './log.witness';

const raw = (seq: number, writer: string, text: string, headers: Record<string, string>): RawMessage => ({
  seq,
  at: 1_000 + seq,
  subject: `multitask.03.tgrp_1.${writer}`,
  headers,
  data: Buffer.from(text),
});
const fence = (seq: string) => ({
  'Nats-Expected-Last-Subject-Sequence': seq,
  'Nats-Expected-Last-Subject-Sequence-Subject': 'multitask.03.tgrp_1.ingest',
});

it('puts an event together that was stored in parts, and takes the fence from the first', () => {
  const messages = assemble([
    raw(1, 'part', '{"a":', { 'ce-id': 'x.0', ...fence('0') }),
    raw(2, 'part', '[1,', { 'ce-id': 'x.0' }),
    raw(3, 'ingest', '2]}', { 'ce-id': 'x.0', 'ce-type': 't', 'ce-source': 's', 'multitask-parts': '2' }),
    raw(4, 'ingest', '{}', { 'ce-id': 'y.0', 'ce-type': 'u', ...fence('3') }),
    raw(5, 'notify', '{}', { 'ce-id': 'z.0' }),
  ]);
  expect(messages).toEqual([
    expect.objectContaining({
      seq: 3,
      at: 1_003,
      partition: '03',
      group: 'tgrp_1',
      writer: 'ingest',
      type: 't',
      source: 's',
      data: { a: [1, 2] },
      fence: { seq: 0, subject: 'multitask.03.tgrp_1.ingest' },
    }),
    expect.objectContaining({ seq: 4, fence: { seq: 3, subject: 'multitask.03.tgrp_1.ingest' } }),
    expect.objectContaining({ seq: 5, writer: 'notify', fence: null }),
  ]);
});
