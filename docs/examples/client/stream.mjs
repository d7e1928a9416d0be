import { csv, MultitaskClient } from '@multitask/client';

const multitask = new MultitaskClient({ origin: process.env.MULTITASK_SERVER ?? 'http://127.0.0.1:8080' });
const { group } = await multitask.create({
  inputs: csv('country\nPeru\nGhana\n'),
  output_type: 'json',
  output_description: 'capital and currency',
});

let lastId;
for await (const event of group.stream({ onReconnect: (why, ms) => console.error(why.message, ms) })) {
  if (event.type === 'task_run.state') console.log(event.row, event.run.status, event.result.capital);
  if (event.type === 'task_group.completed') console.log('done', event.counts);
  // Whoever keeps this can go on from here in another process: group.stream({ after: lastId }).
  lastId = event.event_id ?? lastId;
}

for await (const row of group.rows({ status: ['completed'] })) console.log(row.country, row.capital);
