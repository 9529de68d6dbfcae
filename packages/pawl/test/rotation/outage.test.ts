import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noOutages, type Outage, type Outages } from '../../src/rotation/index.js';
import {
  afterAnswer,
  afterFailure,
  merged,
  outageSilenceSeconds,
  windowOf,
  withinLast,
} from '../../src/rotation/outage.js';

// Another seed each time; a failing one is repeated with PAWL_TEST_SEED.
const seed = Number(process.env['PAWL_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`PAWL_TEST_SEED=${seed}`);

function outage(from: number, answeredAt: number | null, lastFailureAt = from): Outage {
  return { from, lastFailureAt, answeredAt };
}

describe('a call that was not answered', () => {
  test('begins an outage', () => {
    expect(afterFailure(noOutages, 100)).toEqual([outage(100, null)]);
  });

  test('goes on with one that no answer has ended', () => {
    expect(afterFailure([outage(100, null)], 130)).toEqual([outage(100, null, 130)]);
    expect(afterFailure([outage(100, null, 130)], 189.75)).toEqual([outage(100, null, 189.75)]);
  });

  test('begins another after an answer', () => {
    expect(afterFailure([outage(100, 110)], 110)).toEqual([outage(100, 110), outage(110, null)]);
  });

  test('begins another after a silence', () => {
    const silentAt = 130 + outageSilenceSeconds;
    expect(afterFailure([outage(100, null, 130)], silentAt)).toEqual([
      outage(100, null, 130),
      outage(silentAt, null),
    ]);
  });

  test('that is told of late belongs to the outage, and may have begun it', () => {
    expect(afterFailure([outage(100, null, 130)], 120)).toEqual([outage(100, null, 130)]);
    expect(afterFailure([outage(100, null, 130)], 50)).toEqual([outage(50, null, 130)]);
  });

  test('that was sent before an outage which has ended meanwhile stands before it', () => {
    const known = afterFailure([outage(100, 105)], 95);
    expect(known).toEqual([outage(95, null), outage(100, 105)]);
    expect(afterAnswer(known, 115)).toEqual([outage(95, 115), outage(100, 105)]);
    // The window begins at 93, and is as long whatever came to be known first.
    expect(windowOf(5, 93, { known, maxSeconds: 900 }, 115)).toBe(5 + 20 + 5);
  });

  test('that began an outage before others leaves none out of order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 500 })), { maxLength: 40 }),
        (calls) => {
          let known: Outages = noOutages;
          for (const [fails, at] of calls) known = fails ? afterFailure(known, at) : afterAnswer(known, at);
          const begins = known.map(({ from }) => from);
          expect(begins).toEqual([...begins].sort((one, other) => one - other));
        },
      ),
      { seed },
    );
  });

  test('is one of 16 that are remembered: the oldest is forgotten', () => {
    let known: Outages = noOutages;
    for (let at = 0; at < 20; at++) known = afterAnswer(afterFailure(known, at * 100), at * 100 + 1);
    expect(known).toHaveLength(16);
    expect(known[0]).toEqual(outage(400, 401));
    expect(known.at(-1)).toEqual(outage(1900, 1901));
  });
});

describe('an answer', () => {
  test('ends the outage', () => {
    expect(afterAnswer([outage(50, 60), outage(100, null, 130)], 140)).toEqual([
      outage(50, 60),
      outage(100, 140, 130),
    ]);
  });

  test.each([
    ['nothing is known', noOutages, 100],
    ['the last one was answered', [outage(100, 110)], 120],
    ['the last one fell silent', [outage(100, null, 130)], 130 + outageSilenceSeconds],
  ])('changes nothing when %s', (_when, known, now) => {
    expect(afterAnswer(known, now)).toBe(known);
  });

  test('at the last instant before the silence still ends it', () => {
    expect(afterAnswer([outage(100, null, 130)], 189.75)).toEqual([outage(100, 189.75, 130)]);
  });
});

describe('what is left of the last seconds', () => {
  test('is what ended within them', () => {
    const known = [outage(0, 10), outage(50, 60), outage(80, null, 90)];
    expect(withinLast(100, known, 109)).toBe(known);
    expect(withinLast(100, known, 110)).toEqual(known.slice(1));
    expect(withinLast(100, known, 160)).toEqual(known.slice(2));
  });

  test('has an outage that goes on, and one that fell silent for as long after it', () => {
    const known = [outage(80, null, 90)];
    expect(withinLast(100, known, 140)).toBe(known);
    expect(withinLast(100, known, 249)).toBe(known);
    expect(withinLast(100, known, 250)).toEqual([]);
  });

  test('is all of it when the clock was set back', () => {
    const known = [outage(0, 10)];
    expect(withinLast(5, known, -1000)).toBe(known);
  });
});

describe('two lists', () => {
  test('are one, in the order in which the outages began', () => {
    const left = [outage(10, 20), outage(30, 90)];
    const right = [outage(15, 40), outage(100, null)];
    expect(merged(left, right)).toEqual([left[0], right[0], left[1], right[1]]);
    expect(merged(right, left)).toEqual(merged(left, right));
  });

  test('are the other one when one is empty', () => {
    const known = [outage(10, 20)];
    expect(merged(known, noOutages)).toBe(known);
    expect(merged(noOutages, known)).toBe(known);
    expect(merged(noOutages, noOutages)).toEqual([]);
  });

  test('stay as they are', () => {
    const left = Object.freeze([outage(30, 40)]);
    const right = Object.freeze([outage(10, 20)]);
    expect(merged(left, right)).toHaveLength(2);
  });
});

describe('the window', () => {
  const seconds = (
    known: Outages,
    now = 2000,
    base = 10,
    maxSeconds = 900,
    rotatedAt: number | null = 1000,
  ): number => windowOf(base, rotatedAt, { known, maxSeconds }, now);

  test('is the base when nothing is known', () => {
    expect(seconds(noOutages)).toBe(10);
  });

  test('is the base, the time of the outage, and the base again', () => {
    expect(seconds([outage(1005, 1035)])).toBe(50);
    expect(seconds([outage(1000, 1030)])).toBe(50);
    expect(seconds([outage(1009.75, 1010)])).toBe(20.25);
  });

  test('counts of an outage what lies after the rotation', () => {
    expect(seconds([outage(900, 1030)])).toBe(50);
    expect(seconds([outage(900, 1000)])).toBe(10);
    expect(seconds([outage(900, 950)])).toBe(10);
  });

  test('counts no outage that begins at its end or later', () => {
    expect(seconds([outage(1010, 1050)])).toBe(10);
    expect(seconds([outage(1011, 1050)])).toBe(10);
  });

  test('is inside on a clock that stands still during outages', () => {
    expect(seconds([outage(1005, 1035), outage(1039, 1049)])).toBe(60);
    expect(seconds([outage(1005, 1035), outage(1039.75, 1049.75)])).toBe(60);
    expect(seconds([outage(1005, 1035), outage(1040, 1050)])).toBe(50);
    expect(seconds([outage(1005, 1035), outage(1040, 1050), outage(1041, 1080)])).toBe(50);
  });

  test('counts overlapping outages once, and one inside another not at all', () => {
    expect(seconds([outage(1005, 1035), outage(1010, 1045)])).toBe(60);
    expect(seconds([outage(1005, 1035), outage(1010, 1020)])).toBe(50);
    expect(seconds([outage(1005, 1035), outage(1005, 1035)])).toBe(50);
    expect(seconds([outage(1005, 1035), outage(1035, 1045)])).toBe(60);
  });

  test('grows with an outage that goes on, until a silence ends it', () => {
    const known = [outage(1005, null, 1020)];
    expect(seconds(known, 1005)).toBe(10);
    expect(seconds(known, 1006)).toBe(21);
    expect(seconds(known, 1080)).toBe(95);
    expect(seconds(known, 5000)).toBe(95);
  });

  test('is at most the longest of all, and never below the base', () => {
    expect(seconds([outage(1005, 5000)], 6000)).toBe(900);
    expect(seconds([outage(1005, 1035)], 2000, 10, 30)).toBe(30);
    expect(seconds([outage(1005, 1035)], 2000, 10, 0)).toBe(10);
    expect(seconds([outage(1005, 1035)], 2000, 3600, 900)).toBe(3600);
  });

  test('of 0 stays 0, and before the first rotation there is none', () => {
    expect(seconds([outage(1000, 1035)], 2000, 0)).toBe(0);
    expect(seconds([outage(1000, 1035)], 2000, 10, 900, null)).toBe(10);
    expect(seconds([outage(5, 35)], 2000, 10, 900, null)).toBe(10);
  });

  test('does not shrink when the clock was set back', () => {
    expect(seconds([outage(1005, null)], 900)).toBe(10);
    expect(seconds([outage(1005, 1001)])).toBe(10);
    expect(seconds([outage(1005, 1035)], 900)).toBe(50);
  });
});

describe('the longest window of production, window 10 s, at most 900 s', () => {
  /** The last second at which a token that was retired at 0 is spared. */
  function longestOf(knownAt: (now: number) => Outages): number {
    const spared = Array.from({ length: 1000 }, (_second, age) => age).filter(
      (age) => age < windowOf(10, 0, { known: knownAt(age), maxSeconds: 900 }, age),
    );
    return Math.max(...spared) + 1;
  }

  test.each([
    ['one call that is not answered, and none after it', () => [outage(0, null)], 80],
    ['the same, at the last second of the window', () => [outage(9, null)], 80],
    [
      'one call that is not answered for 2 s',
      (now: number) => (now < 2 ? [outage(0, null)] : [outage(0, 2)]),
      22,
    ],
    ['calls that are not answered, one a minute', (now: number) => [outage(0, null, now - (now % 59))], 900],
  ] as const)('%s', (name, knownAt, expected) => {
    const longest = longestOf(knownAt);
    console.log(`longest window: window 10 s, at most 900 s, ${name}: ${longest} s`);
    expect(longest).toBe(expected);
  });
});

describe('for any list of outages', () => {
  const instant = fc.integer({ min: 0, max: 300 });
  const known = fc
    .array(fc.record({ from: instant, lasts: fc.integer({ min: 0, max: 60 }) }), { maxLength: 6 })
    .map((list) =>
      list.map(({ from, lasts }) => outage(from, from + lasts)).sort((one, other) => one.from - other.from),
    );
  const question = fc.record({
    ...{ known, rotatedAt: instant, now: instant },
    ...{ base: fc.integer({ min: 0, max: 40 }), maxSeconds: fc.integer({ min: 0, max: 200 }) },
  });

  test('the window is at least the base and at most the longest, and does not depend on what was over before', () => {
    fc.assert(
      fc.property(question, ({ known, rotatedAt, now, base, maxSeconds }) => {
        const seconds = windowOf(base, rotatedAt, { known, maxSeconds }, now);
        expect(seconds).toBeGreaterThanOrEqual(base);
        expect(seconds).toBeLessThanOrEqual(Math.max(base, maxSeconds));
        const later = known.filter(({ answeredAt }) => answeredAt === null || answeredAt > rotatedAt);
        expect(windowOf(base, rotatedAt, { known: later, maxSeconds }, now)).toBe(seconds);
      }),
      { seed, numRuns: 3000 },
    );
  });

  test('the window is that of the seconds without an answer, counted one by one', () => {
    fc.assert(
      fc.property(question, ({ known, rotatedAt, now, base }) => {
        let [inside, silent] = [0, 0];
        for (let second = rotatedAt; inside < base && second < 1000; second++) {
          if (known.some(({ from, answeredAt }) => from <= second && second < (answeredAt ?? 0))) silent++;
          else inside++;
        }
        const expected = silent === 0 ? base : base + silent + base;
        expect(windowOf(base, rotatedAt, { known, maxSeconds: Infinity }, now)).toBe(expected);
      }),
      { seed, numRuns: 3000 },
    );
  });
});
