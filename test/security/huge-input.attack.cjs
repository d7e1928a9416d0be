// The attacker, in a process of its own. Told { port, attack }, sends it once and answers { status, lateMs, sentBytes }:
// `lateMs` is the time from when the limit was passed to the answer, 0 when the answer came while still below.
const { connect } = require('node:net');
const { gzipSync } = require('node:zlib');

const path = '/v1beta/tasks/multitask';
const pieceBytes = 65_536;
const mebibyte = 1024 * 1024;
const levels = (count) => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`;
const manyKeys = (count) => Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',');

/** What is sent, and how many of its bytes are the limit; made once each. */
const attacks = {
  'a body over the limit': () => ({
    body: `{"inputs":[${`"${'x'.repeat(20_000)}",`.repeat(2_000)}"x"]}`,
    limit: 32 * mebibyte,
  }),
  'a body announced over the limit': () => ({ body: '{', length: 200_000_000, limit: 1 }),
  '100,001 rows': () => ({ body: `{"inputs":[${'"x",'.repeat(100_000)}"x"]}`, limit: 400_000 }),
  '10,000 levels in a row': () => ({ body: `{"inputs":[${levels(10_000)}]}` }),
  '10,000 levels in a field': () => ({ body: `{"metadata":${levels(10_000)},"inputs":["a"]}` }),
  'a million keys': () => ({ body: `{${manyKeys(1_000_000)}}`, limit: mebibyte }),
  'a million keys in a row': () => ({ body: `{"inputs":[{${manyKeys(1_000_000)}}]}`, limit: mebibyte }),
  'a row of 16 MiB': () => ({ body: `{"inputs":["${'x'.repeat(16 * mebibyte)}"]}`, limit: mebibyte }),
  'a gzip bomb': () => ({
    body: gzipSync(Buffer.alloc(200_000_000, ' ')),
    head: 'content-encoding: gzip\r\n',
    limit: 1,
  }),
  'a header of 10 MB': () => ({ body: '', head: `x-large: ${'x'.repeat(10_000_000)}\r\n`, limit: 16_384 }),
};
const made = new Map();

async function send(port, attack) {
  if (!made.has(attack)) made.set(attack, attacks[attack]());
  const { body, limit, length = body.length, head = '' } = made.get(attack);
  const start = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${head}\r\n`;
  const bytes = Buffer.concat([Buffer.from(start), Buffer.from(body)]);
  const limitAt = Math.min(head.length > 1_000 ? limit : start.length + (limit ?? body.length), bytes.length);
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.removeAllListeners('error').on('error', () => undefined);
  let passedAt;
  let answer;
  const answered = new Promise((resolve) => {
    socket.once('data', (data) => resolve((answer = { text: data.toString(), at: performance.now() })));
    socket.once('close', () => resolve((answer ??= { text: '', at: performance.now() })));
  });
  let sent = 0;
  for (; sent < bytes.length && !answer; sent += pieceBytes) {
    const room = socket.write(bytes.subarray(sent, sent + pieceBytes));
    if (sent + pieceBytes >= limitAt) passedAt ??= performance.now();
    if (!room) await Promise.race([answered, new Promise((resolve) => socket.once('drain', resolve))]);
    else await new Promise(setImmediate);
  }
  const { text, at } = await answered;
  socket.destroy();
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0),
    lateMs: passedAt === undefined ? 0 : at - passedAt,
    sentBytes: Math.min(sent, bytes.length),
  };
}

process.on('message', ({ port, attack }) =>
  attack === undefined ? process.send(Object.keys(attacks)) : send(port, attack).then((result) => process.send(result)),
);
