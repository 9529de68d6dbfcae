// Open it in several tabs: they share the session, refresh once for all, and hear of a logout at once.
import { createClient } from '/pawl-client.js';

const client = createClient({ issuer: `${location.origin}/auth` });
const part = (id) => document.getElementById(id);

function show(state) {
  part('state').textContent = state.status === 'ended' ? `ended: ${state.reason}` : state.status;
  part('login').hidden = state.status === 'signed-in';
  part('account').hidden = state.status !== 'signed-in';
}

part('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  const login = await client.login({ username, password, device: navigator.platform });
  part('problem').textContent = login.ok ? '' : login.reason;
});
part('call').addEventListener('click', async () => {
  const response = await client.fetch('/auth/userinfo');
  part('answer').textContent = `${response.status} ${await response.text()}`;
});
part('logout').addEventListener('click', () => client.logout());

client.onChange(show);
show(await client.session());
