// A dialog of the browser's own: it keeps the focus and closes with Escape.
import { html, useEffect, useRef } from "../lib/ui.js";

export function Dialog({ title, onClose, children, wide = false }) {
  const dialog = useRef();
  useEffect(() => dialog.current.showModal(), []);
  const outside = (event) => event.target === dialog.current && dialog.current.close();
  return html`<dialog ref=${dialog} class=${wide ? "wide" : ""} onClose=${onClose} onClick=${outside} aria-label=${title}>
    <header>
      <h2>${title}</h2>
      <button type="button" class="quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button>
    </header>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}
