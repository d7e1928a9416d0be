// Ordinary requests, in a process of its own: told { url }, asks again and again until told anything else, and then answers
// with the milliseconds of each.
const { Agent, get } = require('node:http');

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let going = false;

const once = (url) =>
  new Promise((resolve, reject) => {
    const since = performance.now();
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve({ ms: performance.now() - since, status: response.statusCode }));
    }).once('error', reject);
  });

async function run(url) {
  going = true;
  const times = [];
  while (going) {
    const { ms, status } = await once(url);
    if (status !== 200) throw new Error(`an ordinary request was answered ${status}`);
    times.push(ms);
  }
  process.send(times);
}

process.on('message', ({ url }) => (url ? void run(url) : (going = false)));
