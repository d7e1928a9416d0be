import { request } from 'node:http';

/** A request whose body never comes, or that says it is far larger than it is; answers as soon as the server does. */
export function unfinished(
  url: string,
  headers: Record<string, string>,
  start = '',
): Promise<{ status: number; headers: Headers; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () => {
        sent.destroy();
        resolve({
          status: response.statusCode!,
          headers: new Headers(response.headers as Record<string, string>),
          text,
        });
      });
    });
    sent.on('error', reject);
    if (start === '') sent.flushHeaders();
    else sent.write(start);
  });
}
