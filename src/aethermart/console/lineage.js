// Draws what the page made, and tells the page which box was chosen by mouse or keyboard.
export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".am-drawing");
  if (root.drawn !== data.drawing) {
    root.innerHTML = data.drawing; // every name in it was escaped by the page
    root.drawn = data.drawing;
    const wide = root.querySelector(".am-lineage-wide");
    const box = wide?.querySelector(".am-chosen")?.getBoundingClientRect();
    if (box) wide.scrollLeft += box.left + box.width / 2 - wide.getBoundingClientRect().left - wide.clientWidth / 2;
  }
  const chosen = (event) => event.target.closest("[data-node]")?.dataset.node;
  root.onclick = (event) => {
    const node = chosen(event);
    if (node) setTriggerValue("picked", node);
  };
  root.onkeydown = (event) => {
    const node = chosen(event);
    if (node && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      setTriggerValue("picked", node);
    }
  };
}
