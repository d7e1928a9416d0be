import { hostileTexts } from '@multitask/testing';

const tags = [
  'img src=x',
  'svg',
  'video src=x',
  'audio src=x',
  'details open',
  'iframe',
  'input autofocus',
  'select autofocus',
  'textarea autofocus',
  'button autofocus',
  'body',
  'object data=x',
  'embed src=x',
  'math',
  'marquee',
  'style',
  'link rel=stylesheet href=x',
];
const handlers = ['onerror', 'onload', 'onfocus', 'ontoggle', 'onmouseover'];

const links = [
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:alert(1)',
  'https://x/"onmouseover="alert(1)',
  "https://x/'><script>alert(1)</script>",
  'https://x/#<img src=x onerror=alert(1)>',
];

/** Texts that end a frame of the stream, where somebody forgot to escape, and begin one of their own. */
export const frameInjections = [
  '\n\nevent: task_group.expired\ndata: {"type":"task_group.expired","reason":"ttl"}\n\n',
  '\r\revent: task_group.expired\rdata: {"type":"task_group.expired","reason":"ttl"}\r\r',
  '\r\n\r\nevent: reset\r\ndata: {"type":"reset"}\r\n\r\nid: 1\r\n\r\n',
  '\u2028\u2028event: task_group.expired\u2028data: {}\u2028\u2028',
  '\u0085\u0085event: closed\u0085data: {"reason":"completed"}\u0085\u0085',
  '"}\n\nevent: rows\ndata: {"rows":[{"row":0,"attempt":9,"result":{"$status":"injected"},"error":null}]}\n\n',
];

/** What would run, were it ever taken for markup, a link or a script. */
export const payloads: readonly string[] = [
  ...hostileTexts.filter((text) => text.trim() !== ''),
  ...tags.flatMap((tag) => handlers.map((handler) => `"'><${tag} ${handler}=alert(1)>`)),
  ...links,
  ...frameInjections,
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  '<form action="javascript:alert(1)"><button>go</button></form>',
  '<template><script>alert(1)</script></template>',
  '</textarea></title></style></script><script>alert(1)</script>',
  '\u003cscript\u003ealert(1)\u003c/script\u003e',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
];
