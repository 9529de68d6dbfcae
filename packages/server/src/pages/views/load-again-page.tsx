import { Layout, type View } from './layout.js';

export interface LoadAgainPageProps {
  readonly base: string;
  /** The address to load: the same one, with a mark. */
  readonly address: string;
}

/** A page that loads its address again, so that the load comes from this site. The button is for a browser that does not. */
export function LoadAgainPage({ base, address }: LoadAgainPageProps): View {
  return (
    <Layout title="One moment" base={base} loads={address}>
      <section class="card narrow">
        <h1>One moment</h1>
        <p>Your session is being refreshed.</p>
        <form method="post" action={`${base}/continue`}>
          <button type="submit" class="quiet">
            Continue
          </button>
        </form>
      </section>
    </Layout>
  );
}
