/** One line of the doctor's report. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
}

export function ok(text: string): Finding {
  return { state: 'ok', text };
}

export function warn(text: string): Finding {
  return { state: 'warn', text };
}

export function fail(text: string): Finding {
  return { state: 'fail', text };
}
