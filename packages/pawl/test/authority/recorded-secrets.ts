/** Secrets that were seen, and the search for them in any encoding. */
export class RecordedSecrets {
  readonly #secrets: Buffer[] = [];
  readonly #encodings = new Set<string>();

  add(secret: Uint8Array): void {
    const copy = Buffer.from(secret);
    this.#secrets.push(copy);
    for (const encoding of encodingsOf(copy)) this.#encodings.add(encoding);
  }

  /** As `foundIn`, for words that stand alone: its cost does not grow with the number of secrets. */
  foundAsWords(text: string): string[] {
    const words = text.split(/[^\w+/-]+/).filter((word) => this.#encodings.has(word));
    return [...words, ...tokensIn(text)];
  }

  /** Encodings of recorded secrets that occur in the text, and anything that looks like one of our tokens. */
  foundIn(text: string): string[] {
    const encoded = this.#secrets.flatMap(encodingsOf).filter((encoding) => text.includes(encoding));
    return [...encoded, ...tokensIn(text)];
  }

  /** The same for bytes, where a secret may also stand as it is. */
  foundInBytes(bytes: Buffer): string[] {
    const raw = this.#secrets
      .filter((secret) => bytes.includes(secret))
      .map((secret) => secret.toString('hex'));
    return [...raw, ...this.foundIn(bytes.toString('latin1'))];
  }
}

function tokensIn(text: string): readonly string[] {
  return text.match(/p[rs]t_[\w-]{8,}|eyJ[\w-]{8,}\.eyJ/g) ?? [];
}

function encodingsOf(secret: Buffer): string[] {
  const hexadecimal = secret.toString('hex');
  return [
    hexadecimal,
    hexadecimal.toUpperCase(),
    secret.toString('base64').replace(/=+$/, ''),
    secret.toString('base64url'),
    [...secret].join(','),
  ];
}
