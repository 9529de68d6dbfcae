import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import { stylePath } from '../style.js';

/** A part of a page. */
export type View = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface LayoutProps {
  readonly title: string;
  /** Path of the pages, `/account` unless the issuer has a path. */
  readonly base: string;
  /** Of whoever is logged in. */
  readonly name?: string;
  /** An address that the page loads by itself. */
  readonly loads?: string;
  readonly children?: Child;
}

/** The frame of every page. */
export function Layout({ title, base, name, loads, children }: LayoutProps): View {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        {loads === undefined ? null : <meta http-equiv="refresh" content={`0; url=${loads}`} />}
        <link rel="icon" type="image/svg+xml" href={`${base}/icon.svg`} />
        <link rel="stylesheet" href={base + stylePath} />
      </head>
      <body>
        <header class="bar">
          <a class="home" href={base}>
            <img src={`${base}/icon.svg`} alt="" width="24" height="24" />
            Account
          </a>
          {name === undefined ? null : (
            <form method="post" action={`${base}/logout`} class="who">
              <span class="subject">{name}</span>
              <button type="submit" class="quiet">
                Log out
              </button>
            </form>
          )}
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}

/** A message on top of a page. */
export function Note({ text, tone }: { readonly text: string; readonly tone: 'good' | 'bad' }): View {
  return (
    <p class={`note ${tone}`} role={tone === 'bad' ? 'alert' : 'status'} id="note">
      {text}
    </p>
  );
}
