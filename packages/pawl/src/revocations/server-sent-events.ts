/** One event of a stream (WHATWG HTML, §9.2). */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  /** As last set; null before the first. */
  readonly id: string | null;
}

/** A longer event is no event of ours: it would only fill the memory. */
const maxEventCharacters = 4 * 1024 * 1024;

/**
 * Takes the events out of a stream of text.
 *
 * @see [HTML §9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */
export class EventParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #characters = 0;
  #id: string | null = null;

  /** @throws RangeError for an event that is too long */
  push(text: string): ServerSentEvent[] {
    // A carriage return at the end may be the first half of a line end.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxEventCharacters) throw new RangeError('an event is too long');
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): ServerSentEvent[] {
    if (line === '') return this.#dispatch();
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    this.#characters += line.length;
    if (this.#characters > maxEventCharacters) throw new RangeError('an event is too long');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    return [];
  }

  #dispatch(): ServerSentEvent[] {
    const found = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    const isEvent = this.#data.length > 0;
    this.#event = '';
    this.#data = [];
    this.#characters = 0;
    return isEvent ? [found] : [];
  }
}
