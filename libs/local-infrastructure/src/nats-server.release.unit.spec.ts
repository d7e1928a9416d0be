import { createHash } from 'node:crypto';
import { verifyChecksum } from './nats-server.release';

describe('the checksum of a downloaded server', () => {
  const bytes = Buffer.from('the archive');
  const digest = createHash('sha256').update(bytes).digest('hex');

  it('passes when the release page lists it', () => {
    expect(() => verifyChecksum('a.tar.gz', bytes, `${'0'.repeat(64)}  b.tar.gz\n${digest}  a.tar.gz\n`)).not.toThrow();
  });

  it('fails when other bytes came', () => {
    expect(() => verifyChecksum('a.tar.gz', Buffer.from('other'), `${digest}  a.tar.gz\n`)).toThrow(
      `but ${digest} is published`,
    );
  });

  it('fails when the file is not listed', () => {
    expect(() => verifyChecksum('a.tar.gz', bytes, `${digest}  a.tar.gz.sig\n`)).toThrow(
      'lists no checksum for a.tar.gz',
    );
  });
});
