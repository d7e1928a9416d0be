export interface Example {
  readonly inputs: string;
  readonly type: 'json' | 'text';
  readonly description: string;
  readonly processor: string;
}

/** Each can be started as it is. */
export const examples: Readonly<Record<string, Example>> = {
  countries: {
    inputs: 'country\nFrance\nJapan\nKenya',
    type: 'json',
    description: 'capital and currency',
    processor: 'lite',
  },
  companies: {
    inputs: '[\n  {"company": "Lego", "website": "lego.com"},\n  {"company": "Ikea", "website": "ikea.com"}\n]',
    type: 'json',
    description: 'headquarters, year it was founded, number of employees, and what it announced last',
    processor: 'base',
  },
  questions: {
    inputs: '["Who invented the zip?", "Why is the sky dark at night?"]',
    type: 'text',
    description: 'A short answer with the most important dates, in three sentences.',
    processor: 'lite',
  },
  none: { inputs: '', type: 'json', description: '', processor: '' },
};
