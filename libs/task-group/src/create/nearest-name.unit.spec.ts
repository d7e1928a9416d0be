import { createFieldNames } from './create-spec.validation';
import { nearestName } from './nearest-name';

describe('the name that was probably meant', () => {
  it.each([
    ['input', 'inputs'],
    ['Inputs', 'inputs'],
    ['outputType', 'output_type'],
    ['output-description', 'output_description'],
    ['procesor', 'processor'],
    ['webhookUrl', 'webhook_url'],
    ['schema', 'output_schema'],
    ['constructor', undefined],
    ['toString', undefined],
    ['x', undefined],
    ['completely_else', undefined],
    ['q'.repeat(100_000), undefined],
  ])('for %.30s is %s', (name, meant) => {
    expect(nearestName(name, createFieldNames)).toBe(meant);
  });
});
