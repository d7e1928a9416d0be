/** The pages' own style: light and dark by the system's choice, tables that scroll by themselves on a phone. */
export const style = `
:root { color-scheme: light dark; --line: #d4d4d8; --soft: #f4f4f5; --text: #18181b; --dim: #52525b; --accent: #1d4ed8; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #3f3f46; --soft: #27272a; --text: #f4f4f5; --dim: #a1a1aa; --accent: #93c5fd; --page: #18181b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
.brand { font-weight: 600; } .who { margin-left: auto; color: var(--dim); }
main { padding: 1rem; max-width: 80rem; margin: 0 auto; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: var(--accent); } small, .facts { color: var(--dim); overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
tr:target { background: var(--soft); }
td { overflow-wrap: break-word; } td:first-child { min-width: 9rem; }
pre { margin: 0; min-width: 14rem; max-width: 30rem; max-height: 8rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
.badge { padding: .05rem .5rem; border-radius: 1rem; border: 1px solid currentColor; font-size: 13px; white-space: nowrap; color: var(--dim); }
.badge.completed { color: #15803d; } .badge.failed { color: #b91c1c; } .badge.active, .badge.running, .badge.leased { color: var(--accent); }
.badge.waiting, .badge.waiting_input, .badge.blocked { color: #a16207; }
@media (prefers-color-scheme: dark) { .badge.completed { color: #86efac; } .badge.failed { color: #fca5a5; } .badge.waiting, .badge.waiting_input, .badge.blocked { color: #fde047; } }
button, input, textarea { font: inherit; color: inherit; } input, textarea { width: 100%; padding: .4rem; background: var(--page); border: 1px solid var(--dim); border-radius: .3rem; }
button { padding: .3rem .8rem; border: 1px solid var(--dim); border-radius: .3rem; background: var(--soft); cursor: pointer; } button.plain { border: 0; background: none; text-decoration: underline; }
.stack, .question { display: grid; gap: .5rem; max-width: 40rem; justify-items: start; } .question { padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; margin-bottom: .8rem; }
.notice { padding: .6rem; border-left: 4px solid #b91c1c; background: var(--soft); } .events { padding-left: 0; list-style: none; overflow-wrap: anywhere; } nav { display: flex; gap: 1rem; margin-top: 1rem; }
`;

/** Shows what changed without a reload: asks for the page anew and takes its content over, unless somebody is writing in it. */
export const script = `
const main = document.querySelector('main');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isWriting = () => [...main.querySelectorAll('textarea, input')].some((field) => field === document.activeElement || field.value !== '');

async function refresh() {
  if (isWriting()) return false;
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return location.reload();
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  if (isWriting()) return false;
  main.replaceChildren(...next.childNodes);
  main.dataset.after = next.dataset.after;
  return true;
}

async function changed() {
  if (!main.dataset.run) return pause(3000);
  const query = new URLSearchParams({ run: main.dataset.run, after: main.dataset.after });
  const answer = await fetch('/orchestration/wait?' + query);
  if (!answer.ok) throw new Error(String(answer.status));
  const { cursor } = await answer.json();
  await pause(300);
  if (String(cursor) === main.dataset.after) await pause(1000);
}

for (;;) {
  try {
    await changed();
    if (!document.hidden && !(await refresh())) await pause(1000);
    if (document.hidden) await pause(1000);
  } catch {
    await pause(3000);
  }
}
`;

/** Our own script and style, nothing inline, nothing from elsewhere, no frame around it. */
export const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
