import Bowser from 'bowser';

/** A user agent names products with versions; other texts are names that somebody gave a device. */
const userAgent = /^[A-Za-z][\w.-]*\/\d/;

/** What the owner recognises a device by: `Firefox on Linux`, or the name that was given at login. */
export function deviceName(device: string | null): string {
  const text = device?.trim() ?? '';
  if (text === '') return 'Unnamed device';
  if (!userAgent.test(text)) return text;
  const { browser, os } = Bowser.parse(text);
  const program = isNamed(browser.name) ? browser.name : (text.split('/', 1)[0] ?? text);
  return isNamed(os.name) ? `${program} on ${os.name}` : program;
}

/** The parser gives an empty name to what it does not know. */
function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}

/** The user agent as the name of a device; null without one. */
export function deviceOf(header: string | null): string | null {
  return header === '' ? null : header;
}
