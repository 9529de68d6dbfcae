// What a page of a foreign site has the browser send. The server says when it has come: a browser does not tell of all that it does.

const added = (element, parent = document.body) =>
  new Promise((resolve) => {
    element.onload = element.onerror = () => resolve(element);
    parent.append(element);
  });

const made = (tag, members) => Object.assign(document.createElement(tag), members);

const event = (target, names) =>
  new Promise((resolve) => names.forEach((name) => (target['on' + name] = resolve)));

globalThis.attacks = {
  async elements(addresses) {
    const all = addresses.flatMap((address) => [
      made('img', { src: address }),
      made('script', { src: address }),
      made('link', { rel: 'stylesheet', href: address }),
    ]);
    await Promise.all(all.map((element) => added(element)));
    all.forEach((element) => element.remove());
  },

  frames(addresses) {
    document.body.append(...addresses.map((src) => made('iframe', { src })));
  },

  async fetches(addresses, bodies) {
    const send = (address, init) => fetch(address, { credentials: 'include', ...init }).catch(() => null);
    const posts = bodies.flatMap((body) => [
      { mode: 'no-cors', method: 'POST', body },
      { mode: 'cors', method: 'POST', body },
    ]);
    await Promise.all(
      addresses.flatMap((address) => {
        bodies.forEach((body) => navigator.sendBeacon(address, body));
        return [{ mode: 'no-cors' }, { mode: 'cors' }, ...posts].map((init) => send(address, init));
      }),
    );
  },

  async rareMethods(addresses) {
    const send = (address, init) => fetch(address, { credentials: 'include', ...init }).catch(() => null);
    await Promise.all(
      addresses.flatMap((address) => [
        send(address, { mode: 'no-cors', method: 'HEAD' }),
        // Each asks with OPTIONS before.
        send(address, { method: 'DELETE' }),
        send(address, { headers: { 'x-other': '1', 'sec-purpose': 'none' } }),
      ]),
    );
  },

  async prefetches(addresses) {
    const links = await Promise.all(
      addresses.map((href) => added(made('link', { rel: 'prefetch', href }), document.head)),
    );
    links.forEach((link) => link.remove());
  },

  speculations(addresses) {
    const rules = ['prefetch', 'prerender'].map((kind) => [
      kind,
      [{ source: 'list', urls: addresses, eagerness: 'immediate' }],
    ]);
    const text = JSON.stringify(Object.fromEntries(rules));
    document.head.append(made('script', { type: 'speculationrules', textContent: text }));
  },

  /** Chromium opens one socket to a host at a time, and ever more slowly when they fail. */
  async sockets(addresses) {
    const sources = addresses.map((address) => new EventSource(address, { withCredentials: true }));
    const sockets = addresses.slice(-2).map((address) => new WebSocket(address.replace('https', 'wss')));
    await Promise.all([...sources, ...sockets].map((target) => event(target, ['open', 'error'])));
    [...sources, ...sockets].forEach((target) => target.close());
  },

  async forms(addresses, fields, encoding) {
    for (const [index, address] of addresses.entries()) {
      const name = 'frame' + index;
      await added(made('iframe', { name }));
      attacks.form(address, fields, encoding, name).submit();
    }
  },

  form(action, fields, enctype, target) {
    const form = made('form', { method: 'post', action, enctype, target });
    fields.forEach(([name, value]) => form.append(made('input', { type: 'hidden', name, value })));
    document.body.append(form);
    return form;
  },
};
