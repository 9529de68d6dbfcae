import { Layout, Note, type View } from './layout.js';

export interface LoginPageProps {
  readonly base: string;
  readonly username: string;
  readonly remember: boolean;
  readonly problem: string | null;
}

/** The form for nobody. */
export function LoginPage({ base, username, remember, problem }: LoginPageProps): View {
  const described = problem === null ? {} : { 'aria-describedby': 'note' };
  return (
    <Layout title="Log in" base={base}>
      <section class="card narrow">
        <h1>Log in</h1>
        {problem === null ? null : <Note text={problem} tone="bad" />}
        <form method="post" action={`${base}/login`} class="fields">
          <label for="username">Username</label>
          <input
            id="username"
            name="username"
            type="text"
            value={username}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxlength={200}
            required
            autofocus={username === ''}
            {...described}
          />
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            maxlength={1024}
            required
            autofocus={username !== ''}
            {...described}
          />
          <label class="choice">
            <input name="remember" type="checkbox" value="yes" checked={remember} />
            Stay logged in on this device
          </label>
          <button type="submit" class="primary">
            Log in
          </button>
        </form>
      </section>
    </Layout>
  );
}
