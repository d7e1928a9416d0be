// Somebody who asks, in a process of its own, so that its work is not the gateway's. It answers each message with one:
// { probe: url, address }     asks again and again until told { stop: true }, then answers with the milliseconds of each answer;
// { crowd: url, address, asked, atOnce }  opens so many streams, keeps those it is given, and answers with how many were answered how.
const { Agent, get } = require('node:http');

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const kept = [];
let going = false;

const ask = (url, address, options) =>
  new Promise((resolve, reject) => {
    get(url, { headers: { 'x-forwarded-for': address }, ...options }, resolve).once('error', reject);
  });

async function probe({ probe: url, address }) {
  going = true;
  const times = [];
  while (going) {
    const since = performance.now();
    const answer = await ask(url, address, { agent });
    await new Promise((resolve) => answer.resume().once('end', resolve));
    if (answer.statusCode !== 200) throw new Error(`an ordinary request was answered ${answer.statusCode}`);
    times.push(performance.now() - since);
  }
  return times;
}

async function crowd({ crowd: url, address, asked, atOnce }) {
  const answers = {};
  let left = asked;
  const worker = async () => {
    while (left-- > 0) {
      const answer = await ask(url, address, { agent: false });
      const { statusCode, headers } = answer.on('error', () => undefined).resume();
      const name = [statusCode, headers['retry-after']].filter(Boolean).join(', again after ');
      answers[name] = (answers[name] ?? 0) + 1;
      kept.push(answer);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

process.on('message', (message) => {
  if (message.stop) going = false;
  else void (message.probe ? probe(message) : crowd(message)).then((answer) => process.send(answer));
});
