// A search field with suggestions: a combobox as ARIA describes it. It asks the page, never the API,
// for suggestions, a moment after the last key, and drops answers to what is typed no more.
const AFTER_MS = 60;
const MOST_KEPT = 200;

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const box = parentElement.querySelector(".box");
  const field = box.querySelector("input");
  const list = box.querySelector("ul");
  const clear = box.querySelector(".clear");
  const said = box.querySelector(".said");
  const my = (box.my ??= { known: new Map(), at: -1, shown: [], timer: 0, asked: null });

  const mark = (at) => {
    my.at = at;
    [...list.children].forEach((each, place) => each.setAttribute("aria-selected", String(place === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const close = () => {
    list.hidden = true;
    my.shown = [];
    my.at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const open = (found) => {
    const typed = field.value.trim().toLowerCase();
    my.shown = found;
    list.replaceChildren(
      ...found.map((text, place) => {
        const each = document.createElement("li");
        each.id = `suggested-${place}`;
        each.setAttribute("role", "option");
        const begins = text.toLowerCase().startsWith(typed) ? typed.length : 0;
        const rest = document.createElement("b"); // what the person need not type
        rest.textContent = text.slice(begins);
        each.append(text.slice(0, begins), rest);
        return each;
      }),
    );
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!!found.length));
    said.textContent = found.length ? `${found.length} suggestions` : "";
    mark(-1);
  };
  const show = () => {
    const found = my.known.get(field.value.trim());
    if (found && my.typing) open(found);
  };
  const meanwhile = (typed) => {
    // Of what was suggested for fewer letters, what still fits stands until the answer comes.
    for (let most = typed.length - 1; most > 0; most -= 1) {
      const known = my.known.get(typed.slice(0, most).trim());
      if (!known) continue;
      const fits = known.filter((text) => text.toLowerCase().startsWith(typed.toLowerCase()));
      if (fits.length || !list.hidden) open(fits);
      return;
    }
  };
  const ask = (text) => {
    clearTimeout(my.timer);
    my.typing = false;
    field.value = text;
    clear.hidden = !text;
    close();
    box.classList.add("busy");
    setTriggerValue("asked", { q: text.trim(), at: Date.now() });
  };

  if (data.shop !== my.shop) my.known.clear();
  my.shop = data.shop;
  if (data.for !== null) {
    my.known.set(data.for, data.suggestions);
    if (my.known.size > MOST_KEPT) my.known.delete(my.known.keys().next().value);
  }
  if (my.asked !== data.query) { // another query than the field's: a link, a way back, a chip
    my.asked = data.query;
    if (!my.typing) field.value = data.query;
    clear.hidden = !field.value;
  }
  if (data.run !== my.run) box.classList.remove("busy");
  my.run = data.run;
  show();

  field.oninput = () => {
    clear.hidden = !field.value;
    clearTimeout(my.timer);
    my.typing = true;
    const typed = field.value.trim();
    if (!typed) close();
    else if (my.known.has(typed)) show();
    else {
      meanwhile(typed);
      my.timer = setTimeout(() => setStateValue("typed", typed), AFTER_MS);
    }
  };
  field.onkeydown = (event) => {
    const most = my.shown.length;
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      ask(my.at >= 0 ? my.shown[my.at] : field.value);
    } else if (event.key === "Escape") {
      if (list.hidden) ((field.value = ""), (clear.hidden = true));
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && most) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(((my.at + 1 + step + most + 1) % (most + 1)) - 1);
    } else if (event.key === "ArrowDown") {
      my.typing = true;
      show();
    }
  };
  field.onblur = () => setTimeout(close, 120);
  list.onmousedown = (event) => {
    event.preventDefault(); // the field keeps the keyboard
    const place = [...list.children].indexOf(event.target.closest("li"));
    if (place >= 0) ask(my.shown[place]);
  };
  box.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    ask(field.value);
  };
  clear.onclick = () => {
    ask("");
    field.focus();
  };
}
