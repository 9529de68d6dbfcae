import { expect, test } from 'vitest';
import { deviceText } from '../../src/authority/device-text.js';

test.each([
  ['my terminal', 'my terminal'],
  ['x'.repeat(244), 'x'.repeat(200)],
  // The line separator, and what turns the direction of a text around.
  ['a\u2028b\u2029c', 'abc'],
  ['\u202egnp.exe\u202c \u2066x\u2069', 'gnp.exe x'],
  ['\u200f\u0627\u061c', '\u0627'],
  ['a\u0007b\u001b[2J\ud800', 'ab[2J'],
  ['👩‍🚀', '👩‍🚀'],
  [`${'x'.repeat(199)}👩`, 'x'.repeat(199)],
  [' \u0000 ', null],
  ['', null],
])('the device %j is kept as %j', (device, kept) => {
  expect(deviceText(device)).toBe(kept);
});
