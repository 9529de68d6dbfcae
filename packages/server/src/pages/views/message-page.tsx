import { Layout, type View } from './layout.js';

export interface MessagePageProps {
  readonly base: string;
  readonly title: string;
  readonly text: string;
}

/** A page that says one thing. */
export function MessagePage({ base, title, text }: MessagePageProps): View {
  return (
    <Layout title={title} base={base}>
      <section class="card narrow">
        <h1>{title}</h1>
        <p role="alert">{text}</p>
        <p>
          <a class="button" href={base}>
            Your account
          </a>
        </p>
      </section>
    </Layout>
  );
}
