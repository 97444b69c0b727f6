// A value that views follow.
import { useEffect, useState } from "./ui.js";

export class Signal {
  #value;
  #followers = new Set();

  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const follower of [...this.#followers]) follower(value);
  }

  follow(follower) {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** The value, and a new rendering whenever it changes. */
export function useSignal(signal) {
  const [, setValue] = useState(signal.value);
  useEffect(() => {
    setValue(signal.value);
    return signal.follow(setValue);
  }, [signal]);
  return signal.value;
}
