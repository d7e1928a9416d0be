import { isDatabaseAway } from './database.faults';

const failure = (message: string, code?: string) => Object.assign(new Error(message), code && { code });

describe('a database that is away', () => {
  it.each([
    failure('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'),
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    failure('read ECONNRESET', 'ECONNRESET'),
    failure('getaddrinfo EAI_AGAIN db', 'EAI_AGAIN'),
    failure('terminating connection due to administrator command', '57P01'),
    failure('the database system is starting up', '57P03'),
    failure('sorry, too many clients already', '53300'),
    failure('could not extend file: No space left on device', '53100'),
    failure('connection failure', '08006'),
    failure('cannot execute UPDATE in a read-only transaction', '25006'),
    failure('Connection terminated unexpectedly'),
    failure('Connection terminated due to connection timeout'),
    failure('timeout exceeded when trying to connect'),
    failure('Client has encountered a connection error and is not queryable'),
  ])('is told by %s', (error) => expect(isDatabaseAway(error)).toBe(true));

  it.each([
    failure('duplicate key value', '23505'),
    failure('invalid input syntax', '22P02'),
    failure('relation does not exist', '42P01'),
    failure('canceling statement due to statement timeout', '57014'),
    failure('something else'),
    new TypeError('x is not a function'),
    'Connection terminated unexpectedly',
    undefined,
  ])('is not told by %s', (error) => expect(isDatabaseAway(error)).toBe(false));
});
