/** The example page: register a name, look others up, chat. It begins here. */
import { byId, h } from "./dom.js";
import { openPage } from "./page.js";
import { readSettings, writeSettings, type Settings } from "./settings.js";
import { settingsForm } from "./settings-form.js";
import { showScreen, showStatus } from "./status.js";
import { openVault } from "./vault.js";
import { chooseDirectory, whatIsKept } from "./welcome.js";

const LAST = "nym-directory-settings";

await begin();

async function begin(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const settings = readSettings(query);
  const last = localStorage.getItem(LAST);
  if (settings === undefined && location.search === "" && last !== null) {
    location.replace(`?${last}`);
    return;
  }
  byId("settings").hidden = settings === undefined;
  if (settings === undefined) {
    showStatus("idle", "Not connected");
    showScreen(chooseDirectory());
    return;
  }
  localStorage.setItem(LAST, writeSettings(settings));
  byId("warning").hidden = settings.loopback === undefined;
  byId("settings").addEventListener("click", () => openDialog(settings));
  await openPage(settings);
}

function openDialog(settings: Settings): void {
  const dialog = byId("dialog") as HTMLDialogElement;
  const close = h("button", { type: "button", className: "plain" }, "Cancel");
  close.addEventListener("click", () => dialog.close());
  const forget = h("button", { type: "button", className: "danger" }, "Forget me on this device");
  forget.addEventListener("click", () => {
    if (
      confirm(
        "Delete your key, contacts and conversations from this browser? Nobody can bring them back, and your name stays taken.",
      )
    )
      void forgetEverything(settings);
  });
  dialog.replaceChildren(
    h("h2", { id: "dialog-title" }, "Settings"),
    settingsForm(settings, [close]),
    h("hr"),
    whatIsKept(),
    forget,
  );
  dialog.showModal();
}

async function forgetEverything({ directory }: Settings): Promise<void> {
  localStorage.removeItem(LAST);
  const vault = await openVault(directory);
  dispatchEvent(new Event("forget"));
  await vault.forget();
  location.reload();
}
