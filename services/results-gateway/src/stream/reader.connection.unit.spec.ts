import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { ReaderConnection } from './reader.connection';

const responseOf = () => new PassThrough({ highWaterMark: 10 });
const connectionOf = (response: PassThrough, now?: () => number) =>
  new ReaderConnection(response as unknown as ServerResponse, now);

describe('a reader that takes nothing', () => {
  it('is let go after 30 s, however little it is owed', () => {
    let now = 0;
    const connection = connectionOf(responseOf(), () => now);
    connection.write('less than a kilobyte');
    now = 29_999;
    connection.checkStall();
    expect(connection.open).toBe(true);
    now = 30_000;
    connection.checkStall();
    expect(connection.departure).toBe('stalled');
  });

  it('is not let go while it takes what it is given', async () => {
    let now = 0;
    const response = responseOf();
    const connection = connectionOf(response, () => now);
    connection.write('less than a kilobyte');
    response.resume();
    await connection.whenReady();
    now = 1_000_000;
    connection.checkStall();
    expect(connection.open).toBe(true);
    connection.depart('left');
  });

  it('does not keep an answer open that has ended', () => {
    jest.useFakeTimers();
    try {
      const response = responseOf();
      const connection = connectionOf(response);
      connection.write('less than a kilobyte');
      connection.finish();
      jest.advanceTimersByTime(29_999);
      expect(response.destroyed).toBe(false);
      jest.advanceTimersByTime(1);
      expect(response.destroyed).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });
});
