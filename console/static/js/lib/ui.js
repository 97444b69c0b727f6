// Elements from state: preact with htm, and the hooks that views use.
import { h, render, Fragment } from "../../vendor/preact.js";
import htm from "../../vendor/htm.js";

export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
export { Fragment, render };
export const html = htm.bind(h);

/** Join the class names that apply. */
export const classes = (...names) => names.filter(Boolean).join(" ");
