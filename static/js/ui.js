// The pages work without this file; it adds comfort. One delegated listener per event, no globals.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- toasts ---------------------------------------------------------------------------------------------------------
const QUIET = new Set(["success", "info"]);
const SHOWN_MS = 8000;

function armToast(toast) {
  if (!QUIET.has(toast.dataset.level)) return;
  let timer = setTimeout(() => toast.remove(), SHOWN_MS);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => toast.remove(), SHOWN_MS); };
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("mouseleave", release);
  toast.addEventListener("focusout", release);
}

function showToast(level, message) {
  const template = $(`template[data-toast="${level}"]`) ?? $('template[data-toast="info"]');
  const toast = template.content.firstElementChild.cloneNode(true);
  $("[data-toast-text]", toast).textContent = message;
  $("#toasts").append(toast);
  armToast(toast);
}

// --- copy, reveal, theme, dialogs, menus: by click --------------------------------------------------------------------
async function copy(button) {
  const from = button.dataset.copyFrom;
  await navigator.clipboard.writeText(from ? textOf(from) : button.dataset.copy);
  button.dataset.copied = "";
  showStatus("Copied");
  setTimeout(() => delete button.dataset.copied, 1600);
}

// The text of an element; of one that holds others, a line for each.
function textOf(id) {
  const element = document.getElementById(id);
  return element.children.length ? [...element.children].map((child) => child.textContent).join("\n") : element.textContent;
}

function showStatus(text) {
  $("#status").textContent = "";
  requestAnimationFrame(() => { $("#status").textContent = text; });
}

function save(button) {
  const text = `${textOf(button.dataset.saveFrom)}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = button.dataset.saveAs;
  link.click();
  URL.revokeObjectURL(link.href);
}

function reveal(button) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

function openDialog(button) {
  const dialog = document.getElementById(button.dataset.dialog);
  dialog.showModal();
  $("[data-confirm], input:not([type=hidden]), select, textarea", dialog)?.focus();
}

const CLICKS = {
  "[data-copy], [data-copy-from]": copy,
  "[data-save-from]": save,
  "[data-reveal]": reveal,
  "[data-dialog]": openDialog,
  "[data-dialog-close]": (button) => button.closest("dialog").close(),
  "[data-dismiss]": (button) => button.closest(button.dataset.dismiss).remove(),
  "[data-print]": () => window.print(),
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(CLICKS)) {
    const button = event.target.closest(selector);
    if (button) act(button);
  }
  if (event.target.matches?.("dialog.dialog")) event.target.close();
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
  const typing = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = $$("[data-search]").find((input) => input.offsetParent);
    if (search) { event.preventDefault(); search.focus(); }
  }
});

function closeMenus() {
  for (const menu of $$("details.menu[open]")) { menu.open = false; $("summary", menu).focus(); }
}

// --- theme ------------------------------------------------------------------------------------------------------------
function applyTheme(choice) {
  if (choice === "system") { localStorage.removeItem("theme"); delete document.documentElement.dataset.theme; return; }
  localStorage.setItem("theme", choice);
  document.documentElement.dataset.theme = choice;
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches('[name="theme"][type="radio"]')) applyTheme(input.value);
  if (input.matches("[data-submit-on-change]")) input.form.requestSubmit();
  if (input.matches("[data-check-all]")) checkAll(input);
});

function checkAll(box) {
  for (const other of $$(`[name="${box.dataset.checkAll}"]`, box.form)) other.checked = box.checked;
}

// --- a destructive act is confirmed by typing its name ------------------------------------------------------------------
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches("[data-confirm]")) return;
  const same = input.value.trim() === input.dataset.confirm;
  input.setCustomValidity(same ? "" : `Type ${input.dataset.confirm} to confirm.`);
  $("[type=submit]", input.form).setAttribute("aria-disabled", String(!same));
});

// --- a form is sent once ------------------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.target.hasAttribute("hx-post") || event.target.method === "get") return;
  setTimeout(() => { if (!event.defaultPrevented && event.target.method !== "dialog") button.disabled = true; });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of $$("button[type=submit]:disabled")) button.disabled = false;
});

// --- tabs: shown as a list of panels without script, as tabs with it ------------------------------------------------------
function arrangeTabs(root) {
  const tabs = $$("[role=tab]", root);
  const select = (chosen, focus) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) chosen.focus();
  };
  root.addEventListener("click", (event) => { const tab = event.target.closest("[role=tab]"); if (tab) select(tab); });
  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(event.target);
    if (step && at >= 0) select(tabs[(at + step + tabs.length) % tabs.length], true);
  });
  select(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
}

// --- times in the viewer's zone ---------------------------------------------------------------------------------------------
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function localTime(element) {
  const text = exact.format(new Date(element.dateTime));
  if (element.hasAttribute("data-exact")) element.textContent = text;
  else element.title = text;
}

// --- once per page, and for every part that htmx swaps in ---------------------------------------------------------------------
function enhance(root) {
  for (const element of $$("time[datetime]", root)) localTime(element);
  for (const group of $$("[data-tabs]", root)) arrangeTabs(group);
  for (const toast of $$(".toast", root)) armToast(toast);
  for (const button of $$("[data-needs-script]", root)) button.hidden = false;
  const choice = localStorage.getItem("theme") ?? "system";
  for (const input of $$('[name="theme"][type="radio"]', root)) input.checked = input.value === choice;
  for (const tab of $$(".tabs [aria-current]", root)) tab.scrollIntoView({ block: "nearest", inline: "center" });
  $('[aria-invalid="true"]', root)?.focus();
}

enhance(document);
if (!$('[aria-invalid="true"]')) $("form[data-autofocus] :is(input:not([type=hidden]), select, textarea)")?.focus();
document.body.addEventListener("htmx:afterSwap", (event) => {
  const part = event.detail.target;
  enhance(part);
  // On a narrow screen the answer stands below what was asked: bring it into sight.
  if (part.getBoundingClientRect().top > innerHeight * 0.7) part.scrollIntoView({ block: "start" });
});
document.body.addEventListener("toast", (event) => showToast(event.detail.level, event.detail.message));
// A form that htmx sent wants the passkey: sent by the window, it is answered by the page that asks and keeps what was typed.
document.body.addEventListener("passkey:ask", (event) => {
  const form = event.target.closest("form");
  if (form) form.submit();
  else location.assign(event.detail.url);
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(lost, (event) => {
    const part = $("template[data-unreachable]").content.firstElementChild.cloneNode(true);
    (event.detail.target ?? event.target).replaceChildren(part);
  });
}

// allauth reports a passkey ceremony that ended early
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  showToast("error", "The passkey was not used: the prompt was closed, or it timed out. Try again.");
});
