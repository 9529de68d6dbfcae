import type { LayerRule } from './check.js';

const src = 'packages/pawl/src/';
const implementations = `${src}stores/*/`;
const signing = `${src}jose/signing.ts`;

/** Folders that use the library the way a stranger does. */
const outsiders = ['packages/server/', 'lab/', 'bench/', 'examples/'];

/** The direction of dependencies. A folder that does not exist yet has its rule already. */
export const layerRules: readonly LayerRule[] = [
  {
    from: `${src}base/`,
    mayImport: ['node:'],
    because: 'base holds leaves without domain words; a leaf that imports Pawl is not one',
  },
  {
    from: `${src}errors.ts`,
    mayImport: [],
    because: 'every layer imports the catalogue, so anything it imported would be in every layer',
  },
  {
    from: `${src}option-checks.ts`,
    mayImport: [`${src}errors.ts`],
    because: 'every layer checks its options with it, so anything it imported would be in every layer',
  },
  {
    from: `${src}rotation/`,
    mayImport: [],
    mayImportTypesOf: [`${src}base/`],
    because: 'the rule is pure: no I/O, no clock, no cryptography, so that a search can run it exhaustively',
  },
  {
    from: `${src}stores/`,
    forbids: [
      `${src}rotation/decide.ts`,
      `${src}rotation/index.ts`,
      `${src}rotation/policy.ts`,
      `${src}rotation/outage.ts`,
    ],
    mayImportTypesOf: [`${src}rotation/policy.ts`],
    because: 'stores never decide: with two places that rule on a token, the two would differ one day',
  },
  {
    from: `${src}*/`,
    except: [`${src}authority/advance.ts`],
    forbids: [`${src}rotation/decide.ts`, `${src}rotation/index.ts`],
    mayImportTypesOf: [`${src}rotation/decide.ts`, `${src}rotation/index.ts`],
    because:
      'one engine has the rule decide, writes what it says and reports it: bearer, DPoP and DBSC, by body and by cookie',
  },
  {
    from: implementations,
    forbids: [implementations],
    butAllows: [`${src}stores/sql/`],
    because:
      'each store is read, tested and removed alone; what two share belongs beside the port, or into stores/sql',
  },
  {
    from: `${src}stores/`,
    forbids: [
      `${src}authority/`,
      `${src}http/`,
      `${src}keys/`,
      `${src}sealed/`,
      `${src}access/`,
      `${src}proof/`,
      `${src}base/clock.ts`,
    ],
    mayImportTypesOf: [`${src}base/clock.ts`],
    because: 'a store keeps records; it never sees a token or a key, and the time is an argument',
  },
  {
    from: `${src}keys/`,
    forbids: [`${src}authority/`, `${src}http/`, `${src}rotation/`, implementations],
    because: 'the key ring works on the document port with any store and serves every use case',
  },
  {
    from: `${src}sealed/`,
    mayImport: [`${src}base/`, `${src}jose/`, `${src}rotation/session.ts`],
    mayImportTypesOf: [`${src}keys/`],
    because:
      'a text is refused before any store is touched: it takes a key and the time as arguments, and asks nobody',
  },
  {
    from: `${src}access/`,
    mayImport: [`${src}base/`, `${src}jose/`],
    mayImportTypesOf: [`${src}keys/`],
    because:
      'an access token is claims and a signature; what they mean today, the use cases and the verifiers know',
  },
  {
    from: `${src}jose/`,
    except: [signing],
    mayImport: [`${src}base/base64url.ts`, `${src}base/json-object.ts`],
    mayImportTypesOf: ['node:'],
    because:
      'verifiers run it at the edge, where node: modules do not exist; it knows signatures and no token of ours',
  },
  {
    from: `${src}jose/*.ts`,
    forbids: [signing],
    because: 'what checks signatures runs at the edge, where what makes them cannot be loaded',
  },
  {
    from: signing,
    mayImport: [`${src}jose/`, `${src}base/bytes.ts`, 'node:crypto'],
    because: 'it makes signatures and knows no token and no key of ours',
  },
  {
    from: `${src}*/`,
    except: [`${src}keys/`],
    forbids: [signing],
    because: 'the key ring alone signs; a verifier that could would be one more place to steal a key from',
  },
  {
    from: `${src}proof/`,
    mayImport: [`${src}jose/`, `${src}base/base64url.ts`, `${src}base/json-object.ts`],
    mayImportTypesOf: [`${src}base/clock.ts`],
    because:
      'a proof is checked before a use case begins, over any transport, and by verifiers in every runtime',
  },
  {
    from: `${src}revocations/`,
    mayImport: [
      `${src}base/clock.ts`,
      `${src}base/json-object.ts`,
      `${src}errors.ts`,
      `${src}option-checks.ts`,
    ],
    mayImportTypesOf: [`${src}stores/revocations.ts`],
    because: 'the feed is read by verifiers, in every runtime: no use cases, no store, no module of Node',
  },
  {
    from: `${src}request/`,
    mayImport: [`${src}errors.ts`, `${src}proof/`],
    because:
      'endpoints, guards, pages and verifiers read a request alike, and verifiers run where node: modules do not exist',
  },
  {
    from: `${src}authority/`,
    forbids: [implementations, `${src}http/`, 'node:http', 'node:http2', 'node:https'],
    because: 'the use cases are the same over every store and every transport',
  },
  {
    from: `${src}http/`,
    forbids: [`${src}stores/`, `${src}rotation/decide.ts`],
    because: 'an endpoint calls a use case; one that reaches past it skips events and revocation',
  },
  {
    from: `${src}verifier/`,
    mayImport: [
      `${src}base/base64url.ts`,
      `${src}base/bounded-map.ts`,
      `${src}base/clock.ts`,
      `${src}base/json-object.ts`,
      `${src}errors.ts`,
      `${src}option-checks.ts`,
      `${src}jose/`,
      `${src}proof/`,
      `${src}request/`,
      `${src}revocations/`,
    ],
    mayImportTypesOf: [`${src}access/`],
    because:
      'a resource server that could issue tokens would be one more place to steal from, and it may run where node: modules do not exist',
  },
  {
    from: `${src}client/*.ts`,
    mayImport: [`${src}client/*.ts`],
    because: 'the client runs in browsers and carries nothing of the server side',
  },
  {
    from: `${src}client/node/`,
    mayImport: [`${src}client/*.ts`, 'node:'],
    because: 'storage for Node programs is no server side either; browsers never load it',
  },
  {
    from: `${src}testing/`,
    mayImport: [
      `${src}base/`,
      `${src}errors.ts`,
      `${src}rotation/`,
      `${src}stores/*.ts`,
      `${src}stores/memory/`,
      'node:',
    ],
    because:
      'the suite judges third-party stores: it knows the port, the rule and the model, and gets its test runner handed in',
  },
  {
    from: `${src}*/`,
    forbids: [`${src}testing/`],
    because: 'code in service never depends on test code',
  },
  {
    from: src,
    forbids: [`${src}index.ts`, 'pawl', 'pawl/'],
    because: 'the public entry is a door for outsiders; from inside it closes a circle',
  },
  {
    from: src,
    forbids: [...outsiders, 'testbed/', 'pawl-server', 'pawl-server/', 'packages/pawl/test/'],
    because: 'the library knows nobody who uses it',
  },
  ...outsiders.map((from) => ({
    from,
    forbids: ['packages/pawl/', 'pawl/src/', 'pawl/dist/'],
    because: 'it shows what the public subpaths are good for, so it uses nothing else',
  })),
  {
    from: 'testbed/',
    mayImport: ['node:', 'esbuild', 'playwright-core', 'vitest', 'vitest/'],
    because: 'it starts servers of other makers for any test and bench; it knows nothing of Pawl',
  },
  {
    from: 'testbed/src/*.ts',
    forbids: ['vitest', 'vitest/', 'testbed/src/vitest/'],
    because: 'benches and examples start servers too, without the runner of the tests',
  },
  {
    from: 'lab/',
    forbids: ['packages/server/', 'pawl-server', 'pawl-server/'],
    because: 'the lab attacks the library; a defence of the server would hide a hole in it',
  },
  {
    from: 'packages/',
    forbids: ['lab/', 'pawl-lab', 'pawl-lab/'],
    because:
      'what is published holds no code of the lab: it plays attacks, with baselines that are insecure on purpose',
  },
  {
    from: 'packages/server/',
    forbids: ['bench/', 'examples/'],
    because: 'the published server holds no code that is not published with it',
  },
];
