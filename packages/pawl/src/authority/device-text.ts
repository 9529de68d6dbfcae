const maxDeviceLength = 200;

/** Control characters, line ends, and what turns the direction of a text around: in a list or on a terminal they hide what stands beside them. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The name of a device as it is kept: without what cannot be shown, and cut to 200 characters. Null when nothing is left. */
export function deviceText(device: string): string | null {
  const text = device.replace(unprintable, '').slice(0, maxDeviceLength);
  // A cut between the halves of a character would leave one that has no form in UTF-8.
  const whole = text.replace(/\p{Cs}$/u, '').trim();
  return whole === '' ? null : whole;
}
