import { MultitaskClient, MultitaskError } from '@multitask/client';

const multitask = new MultitaskClient({
  origin: process.env.MULTITASK_SERVER ?? 'http://127.0.0.1:8080',
  apiKey: process.env.PARALLEL_API_KEY,
});

try {
  const { group, result } = await multitask.run({
    inputs: [{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }],
    output_type: 'json',
    output_description: 'capital and region',
    processor: 'lite',
    max_cost_usd: 0.1,
  });
  console.log(group.url);
  for (const row of result.results) console.log(row.$status, row.country, row.capital);
} catch (error) {
  if (!MultitaskError.is(error)) throw error;
  console.error(error.code, error.field, error.message, error.advice);
}
