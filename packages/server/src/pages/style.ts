import { createHash } from 'node:crypto';

/** The only style: a file of the own origin, because the policy of the pages allows nothing inline. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1c2430; --soft: #5a6577; --line: #dde1e8; --field: #7f8ba0;
  --accent: #1f5fbf; --on-accent: #ffffff; --good: #17663a; --good-paper: #e5f4ea;
  --bad: #a1261f; --bad-paper: #fbeae8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #9aa6b8; --line: #2d3643; --field: #66748a;
    --accent: #82b1f7; --on-accent: #0d1a2d; --good: #8fdaab; --good-paper: #14301f;
    --bad: #f5a19a; --bad-paper: #3a1a18;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
.bar {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem;
  max-width: 44rem; margin: 0 auto; padding: 1rem 1.25rem;
}
.home { display: inline-flex; align-items: center; gap: .5rem; color: var(--ink); font-weight: 600; text-decoration: none; }
.who { display: flex; align-items: center; gap: .75rem; min-width: 0; }
.subject { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 14rem; }
main { max-width: 44rem; margin: 0 auto; padding: .5rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
main > h2 { margin: 2rem 0 .75rem; }
.card h1, .card h2 { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .5rem; }
.lead { color: var(--soft); margin: 0 0 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.125rem 1.25rem; }
.card > :last-child { margin-bottom: 0; }
.narrow { max-width: 24rem; margin: 6vh auto 0; padding: 1.75rem; }
.devices { list-style: none; margin: 0; padding: 0; display: grid; gap: .875rem; }
.badge {
  font-size: .75rem; font-weight: 500; line-height: 1.5; padding: 0 .5rem; border-radius: 1rem;
  border: 1px solid var(--line); color: var(--soft); white-space: nowrap;
}
.badge.here { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.badge.bound { background: var(--good-paper); border-color: transparent; color: var(--good); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .625rem 1rem; margin: 0 0 1rem; }
dt { font-size: .8125rem; color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; }
.all { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-top: 1.5rem; color: var(--soft); }
button, .button {
  display: inline-block; font: inherit; font-size: .9375rem; line-height: 1.25; padding: .5rem .875rem; cursor: pointer;
  color: var(--ink); background: var(--card); border: 1px solid var(--field); border-radius: .5rem; text-decoration: none;
}
button:hover, .button:hover { border-color: var(--ink); }
.quiet { padding: .375rem .75rem; background: transparent; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; padding: .625rem; }
.danger { color: var(--bad); border-color: var(--bad); }
.danger:hover { border-color: var(--bad); background: var(--bad-paper); }
a { color: var(--accent); }
a.button { color: var(--ink); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .375rem; }
.fields { display: grid; gap: .375rem; }
.fields label { font-size: .9375rem; font-weight: 500; }
.fields input {
  font: inherit; width: 100%; padding: .5625rem .75rem; margin-bottom: .75rem; color: var(--ink);
  background: var(--paper); border: 1px solid var(--field); border-radius: .5rem;
}
.fields .choice { display: flex; gap: .5rem; align-items: center; margin-bottom: .75rem; }
.fields .choice input { width: auto; margin: 0; }
.note { margin: 0 0 1.25rem; padding: .625rem .875rem; border-radius: .5rem; }
.note.good { background: var(--good-paper); color: var(--good); }
.note.bad { background: var(--bad-paper); color: var(--bad); }
.timeline { list-style: none; margin: 0 0 1rem; padding: 0 0 0 1.125rem; border-left: 2px solid var(--line); }
.timeline li { position: relative; padding: 0 0 1.125rem; }
.timeline li::before {
  content: ""; position: absolute; left: -1.5rem; top: .4375rem; width: .625rem; height: .625rem;
  border-radius: 50%; background: var(--soft); box-shadow: 0 0 0 3px var(--paper);
}
.timeline li.alarm::before { background: var(--bad); }
.timeline li.alarm span { color: var(--bad); font-weight: 500; }
.timeline time { display: block; font-size: .875rem; color: var(--soft); }
@media (max-width: 30rem) {
  .bar, main { padding-left: 1rem; padding-right: 1rem; }
  .narrow { margin-top: 1rem; padding: 1.25rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .subject { max-width: 9rem; }
}
`;

const digest = createHash('sha256').update(style).digest('base64url').slice(0, 12);

/** Below the path of the pages. It changes with the style, so that caches may keep it for good. */
export const stylePath: string = `/style-${digest}.css`;

/** A ratchet's tooth. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#1f5fbf"/><path d="M6 17V9l6 4V9l6 4v4z" fill="#fff"/></svg>';
