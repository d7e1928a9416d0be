/** One small style for the form; light and dark by the reader's choice. */
export const style = `
:root{color-scheme:light dark;--paper:#faf9f5;--card:#fff;--ink:#1d1b16;--dim:#6b675d;--line:#dcd8cc;--accent:#b8420b}
@media(prefers-color-scheme:dark){:root{--paper:#171612;--card:#211f1a;--ink:#f0ede4;--dim:#a19c8f;--line:#3a372f;--accent:#ff9a62}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{margin:0 0 .25rem;font-size:1.75rem}
form{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.25rem 1.25rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
small{color:var(--dim);font-weight:400}
input,select,textarea{width:100%;padding:.5rem .6rem;border:1px solid var(--line);border-radius:.4rem;background:var(--paper);color:inherit;font:inherit}
textarea{font-family:ui-monospace,monospace;font-size:.9rem}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:0 1rem}
button{margin-top:1.25rem;padding:.6rem 1.1rem;border:0;border-radius:.4rem;background:var(--accent);color:var(--paper);font:inherit;font-weight:600;cursor:pointer}
.notice{border-left:.25rem solid var(--accent);padding:.25rem .75rem}
.links a{margin-right:1rem;color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`;
