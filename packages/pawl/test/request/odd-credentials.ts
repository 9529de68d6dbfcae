import {
  authorization,
  authorizations,
  basic,
  cookie,
  digest,
  everywhere,
  malformed,
  noToken,
  type OddRequest,
  passes,
  several,
  byCookie,
  keyBinding,
} from './rows.js';
import { names, type Scene } from './scene.js';

export const oneToken: readonly OddRequest[] = [
  ...authorizations(everywhere(passes), {
    'a good token': ({ token }) => [`Bearer ${token}`],
    'a scheme in lower case': ({ token }) => [`bearer ${token}`],
    'a scheme in upper case': ({ token }) => [`BEARER ${token}`],
    'two spaces before the token': ({ token }) => [`Bearer  ${token}`],
    'white space around the value': ({ token }) => [` \tBearer ${token} \t `],
  }),
  ...authorizations(everywhere(malformed), {
    'a scheme without a token': () => ['Bearer'],
    'a scheme and a space': () => ['Bearer '],
    'a tab before the token': ({ token }) => [`Bearer\t${token}`],
    'a space and a tab before the token': ({ token }) => [`Bearer \t${token}`],
    'a token and another word': ({ token }) => [`Bearer ${token} x`],
    'a token and a tab and another word': ({ token }) => [`Bearer ${token}\tx`],
    'two words': () => ['Bearer tok en'],
    'the scheme twice': ({ token }) => [`Bearer Bearer ${token}`],
    'a token in quotes': ({ token }) => [`Bearer "${token}"`],
    'a token as a parameter': ({ token }) => [`Bearer token=${token}`],
    'a token and a semicolon': ({ token }) => [`Bearer ${token};`],
    'a token and padding': ({ token }) => [`Bearer ${token}=`],
    'a token with a byte beyond ASCII': ({ token }) => [`Bearer ${token}é`],
    'a token of 20,000 characters': () => [`Bearer ${'a'.repeat(20_000)}`],
    'a good token in front of 20,000 characters': ({ token }) => [`Bearer ${token}.${'a'.repeat(20_000)}`],
    'a token of 100,000 points': () => [`Bearer ${'.'.repeat(100_000)}`],
  }),
  {
    name: 'a token of another issuer of the same name',
    lines: ({ foreign }) => authorization(`Bearer ${foreign}`),
    // The authority tells a key that it does not have like a signature that is not right.
    expected: {
      ...everywhere({ ...malformed, reason: 'signature' }),
      verifier: { ...malformed, reason: 'unknown-key' },
    },
  },
];

export const noCredential: readonly OddRequest[] = [
  { name: 'no header', lines: () => [], expected: everywhere(noToken) },
  ...authorizations(everywhere(noToken), {
    'an empty value': () => [''],
    'a value of white space': () => [' \t '],
    'a scheme glued to its token': ({ token }) => [`Bearer${token}`],
    'a colon behind the scheme': ({ token }) => [`Bearer: ${token}`],
    'an equals sign behind the scheme': ({ token }) => [`Bearer=${token}`],
    'a token without a scheme': ({ token }) => [token],
    'quotes around scheme and token': ({ token }) => [`"Bearer ${token}"`],
    'the scheme Basic': () => [basic],
    'the scheme Digest': () => [digest],
    'the scheme Negotiate': () => ['Negotiate YII='],
    'two lines of foreign schemes': () => ['Negotiate YII=', digest],
  }),
  {
    name: 'a token in Proxy-Authorization',
    lines: ({ token }) => [['proxy-authorization', `Bearer ${token}`]],
    expected: everywhere(noToken),
  },
  {
    name: 'a proof without a token',
    lines: async ({ proof }) => [['dpop', await proof()]],
    expected: everywhere(noToken),
  },
];

export const severalCredentials: readonly OddRequest[] = authorizations(everywhere(several), {
  'Bearer twice with the same token': ({ token }) => [`Bearer ${token}`, `Bearer ${token}`],
  'Bearer twice with different tokens': ({ token, foreign }) => [`Bearer ${token}`, `Bearer ${foreign}`],
  'Bearer three times': ({ token }) => [`Bearer ${token}`, `Bearer ${token}`, `Bearer ${token}`],
  'Bearer and Basic': ({ token }) => [`Bearer ${token}`, basic],
  'Basic and Bearer': ({ token }) => [basic, `Bearer ${token}`],
  'Basic twice': () => [basic, basic],
  'DPoP and Bearer': ({ token, bound }) => [`DPoP ${bound}`, `Bearer ${token}`],
  'Bearer and DPoP': ({ token, bound }) => [`Bearer ${token}`, `DPoP ${bound}`],
  'Bearer and Digest': ({ token }) => [`Bearer ${token}`, digest],
  'Digest and Bearer': ({ token }) => [digest, `Bearer ${token}`],
  'Negotiate and Bearer': ({ token }) => ['Negotiate YII=', `Bearer ${token}`],
  'Negotiate and Bearer without a token': () => ['Negotiate YII=', 'Bearer'],
  'Bearer and an empty line': ({ token }) => [`Bearer ${token}`, ''],
  'an empty line and Bearer': ({ token }) => ['', `Bearer ${token}`],
  'a comma in front': ({ token }) => [`, Bearer ${token}`],
  'a comma behind': ({ token }) => [`Bearer ${token},`],
  'a comma behind the scheme': ({ token }) => [`Bearer, ${token}`],
  'two joined by a comma and a space': ({ token }) => [`Bearer ${token}, Bearer ${token}`],
  'two joined by a comma': ({ token }) => [`Bearer ${token},bearer ${token}`],
  'two joined by a comma and a tab': ({ token }) => [`${digest},\tBEARER ${token}`],
  'Basic and Bearer joined': ({ token }) => [`${basic}, Bearer ${token}`],
  'one scheme and two tokens': ({ token }) => [`Bearer ${token},${token}`],
});

export const cookies: readonly OddRequest[] = [
  { name: 'a good cookie', lines: ({ token }) => [cookie(token)], expected: byCookie(passes) },
  ...['Digest', 'Basic', 'Negotiate'].map((scheme) => ({
    name: `a good cookie and the scheme ${scheme}`,
    lines: ({ token }: Scene) => [
      ...authorization(scheme === 'Digest' ? digest : `${scheme} YWRhOng=`),
      cookie(token),
    ],
    expected: byCookie(passes),
  })),
  {
    name: 'a good cookie and an empty value',
    lines: ({ token }) => [...authorization(''), cookie(token)],
    expected: byCookie(passes),
  },
  {
    name: 'a good cookie and a token that is none',
    lines: ({ token }) => [...authorization('Bearer x'), cookie(token)],
    expected: everywhere(malformed),
  },
  {
    name: 'a good cookie and Bearer without a token',
    lines: ({ token }) => [...authorization('Bearer'), cookie(token)],
    expected: everywhere(malformed),
  },
  {
    name: 'a good cookie and two headers',
    lines: ({ token }) => [...authorization(basic, `Bearer ${token}`), cookie(token)],
    expected: everywhere(several),
  },
  {
    name: 'a cookie that is none and a good token',
    lines: ({ token }) => [...authorization(`Bearer ${token}`), cookie('x')],
    expected: everywhere(passes),
  },
  {
    name: 'two cookies of one name in one line, the first good',
    lines: ({ token }) => [['cookie', `${names.access}=${token}; ${names.access}=x`]],
    expected: byCookie(passes),
  },
  {
    name: 'two cookies of one name in one line, the second good',
    lines: ({ token }) => [['cookie', `${names.access}=x; ${names.access}=${token}`]],
    expected: byCookie(malformed),
  },
  {
    name: 'two cookies of one name in two lines, the first good',
    lines: ({ token }) => [cookie(token), cookie('x')],
    expected: byCookie(passes),
  },
  {
    name: 'two cookies of one name in two lines, the second good',
    lines: ({ token }) => [cookie('x'), cookie(token)],
    expected: byCookie(malformed),
  },
  {
    name: 'a good cookie in the second of two lines',
    lines: ({ token }) => [['cookie', 'theme=dark'], cookie(token)],
    expected: byCookie(passes),
  },
  {
    name: 'an empty cookie',
    lines: () => [cookie('')],
    expected: byCookie(malformed),
  },
  {
    name: 'a cookie of nearly the same name',
    lines: ({ token }) => [['cookie', `x${names.access}=${token}; ${names.access.toUpperCase()}=${token}`]],
    expected: everywhere(noToken),
  },
  {
    name: 'a cookie with a bound token, and a proof',
    lines: async ({ bound, proof }) => [cookie(bound), ['dpop', await proof()]],
    expected: byCookie(keyBinding),
  },
];
