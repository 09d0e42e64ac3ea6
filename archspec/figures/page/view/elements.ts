/** Elements of the page, and how its reader's screen is set. */

/** An element that writers/page.py has written. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  return document.getElementById(id) as unknown as T;
}

/** A new element; its content stays text. */
export function html(name: string, className = "", content = ""): HTMLElement {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (content) element.textContent = content;
  return element;
}

/** A new button, and what it does. */
export function button(className: string, content: string, action: () => void): HTMLElement {
  const element = html("button", className, content);
  element.addEventListener("click", action);
  return element;
}

/** A small square in the colours of a role. */
export function chip(role: string): HTMLElement {
  const square = html("span", "chip");
  square.style.setProperty("background", `var(--${role})`);
  square.style.setProperty("border-color", `var(--${role}-line)`);
  return square;
}

/** Adds a name and its value to a list; the value. */
export function fact(list: HTMLElement, name: string, value: string, className = ""): HTMLElement {
  const term = html("dd", className, value);
  list.append(html("dt", className, name), term);
  return term;
}

/** Whether the reader wants nothing to move. */
export function isStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** From dark to light, or from light to dark. */
export function changeTheme(): void {
  const chosen = document.documentElement.dataset["theme"];
  const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset["theme"] = isDark ? "light" : "dark";
}
