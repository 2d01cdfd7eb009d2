// Shows what the page made, and tells the page what somebody did in it.
// What was open, and where the keyboard was, stays when the page shows something newer.
const told = (element) => {
  const { do: act, change, submit, key, local, ...rest } = element.dataset;
  return { ...rest, do: act ?? change ?? submit };
};

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".pane");
  const send = (act) => {
    root.classList.add("busy");
    root.setAttribute("aria-busy", "true");
    setTriggerValue("act", { ...act, at: Date.now() });
  };
  const toggleFilters = (open) => {
    root.classList.toggle("filters-open", open);
    for (const each of root.querySelectorAll("[data-local=filters]")) each.setAttribute("aria-expanded", String(open));
  };
  root.classList.remove("busy");
  root.removeAttribute("aria-busy");
  if (root.shown !== data.html) {
    const had = parentElement.activeElement?.dataset?.key;
    const open = new Set([...root.querySelectorAll("details[open]")].map((each) => each.dataset.key));
    root.innerHTML = data.html; // every name in it was escaped by the page
    root.shown = data.html;
    for (const each of root.querySelectorAll("details")) each.open = open.has(each.dataset.key);
    toggleFilters(root.classList.contains("filters-open"));
    if (had) root.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus({ preventScroll: true });
  }
  for (const each of root.querySelectorAll("[popover]")) each.onbeforetoggle = (event) => {
    if (event.newState !== "open") return;
    const button = root.querySelector(`[popovertarget="${each.id}"]`).getBoundingClientRect();
    const left = Math.min(button.left - 8, innerWidth - Math.min(320, innerWidth - 16));
    each.style.left = `${Math.max(8, left)}px`;
    const below = innerHeight - button.bottom > 260;
    each.style.top = below ? `${button.bottom + 6}px` : "auto";
    each.style.bottom = below ? "auto" : `${innerHeight - button.top + 6}px`;
  };
  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.local) toggleFilters(!root.classList.contains("filters-open"));
    else if (button?.dataset.do) send(told(button));
  };
  root.onchange = (event) => {
    const field = event.target;
    if (!field.dataset.change) return;
    send({ ...told(field), ...(field.tagName === "SELECT" ? { value: field.value } : {}) });
  };
  root.onsubmit = (event) => {
    event.preventDefault();
    send({ do: event.target.dataset.submit, ...Object.fromEntries(new FormData(event.target)) });
  };
}
