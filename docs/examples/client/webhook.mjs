import { createServer } from 'node:http';
import { verifyWebhook } from '@multitask/client';

const seen = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const { id, event } = await verifyWebhook({
      body: Buffer.concat(chunks),
      headers: request.headers,
      // Both while you change the secret; one otherwise.
      secret: process.env.WEBHOOK_SECRETS.split(','),
    });
    if (!seen.has(id)) console.log(event.data.url, event.data.status.task_run_status_counts);
    seen.add(id);
    response.writeHead(204).end();
  } catch (error) {
    console.error(error.message);
    response.writeHead(400).end();
  }
});
server.listen(Number(process.env.PORT ?? 8090), '127.0.0.1', () =>
  console.log(`listening on ${server.address().port}`),
);
