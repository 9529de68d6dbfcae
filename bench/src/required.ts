/** The value, which the caller knows to be there. */
export function required<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('a value that must be there is missing');
  return value;
}
