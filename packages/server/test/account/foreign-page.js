// What a page of a foreign site has the browser send. Each function resolves when the browser is done with it.

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

  async frames(addresses) {
    const frames = await Promise.all(addresses.map((src) => added(made('iframe', { src }))));
    frames.forEach((frame) => frame.remove());
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

  /** Nothing tells when the browser has followed these. */
  speculations(addresses) {
    const rules = ['prefetch', 'prerender'].map((kind) => [
      kind,
      [{ source: 'list', urls: addresses, eagerness: 'immediate' }],
    ]);
    const text = JSON.stringify(Object.fromEntries(rules));
    document.head.append(made('script', { type: 'speculationrules', textContent: text }));
  },

  async sockets(addresses) {
    await Promise.all(
      addresses.flatMap((address) => {
        const socket = new WebSocket(address.replace('https', 'wss'));
        const source = new EventSource(address, { withCredentials: true });
        return [
          event(socket, ['open', 'error']).then(() => socket.close()),
          event(source, ['open', 'error']).then(() => source.close()),
        ];
      }),
    );
  },

  /** Into frames, where the browser says when it is done. */
  async forms(addresses, fields, encoding) {
    await Promise.all(
      addresses.map(async (address, index) => {
        const frame = made('iframe', { name: 'frame' + index });
        await added(frame);
        const form = attacks.form(address, fields, encoding, frame.name);
        const done = event(frame, ['load']);
        form.submit();
        await done;
        form.remove();
        frame.remove();
      }),
    );
  },

  form(action, fields, enctype, target) {
    const form = made('form', { method: 'post', action, enctype, target });
    fields.forEach(([name, value]) => form.append(made('input', { type: 'hidden', name, value })));
    document.body.append(form);
    return form;
  },
};
