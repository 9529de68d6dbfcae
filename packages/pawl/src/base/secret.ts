import { inspect } from 'node:util';

const hidden = '[secret]';

/**
 * A value that refuses to be printed, serialised or joined into a text. `reveal()` is its only door, so that a search
 * for that word finds every place where a secret leaves its wrapper.
 */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }
}

// Set on the prototype because a computed method name has no isolated declaration.
Object.defineProperty(Secret.prototype, inspect.custom, { value: () => hidden });
