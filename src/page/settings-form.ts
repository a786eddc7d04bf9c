/** Where the page is told which directory to use and how to reach it: as a card when nothing is known yet, later in a dialog. */
import { field, h } from "./dom.js";
import { addressesIn, DEFAULT_NYM_API, isHttpUrl, type Settings, writeSettings } from "./settings.js";

/** A form with these settings filled in; saving them loads the page anew. */
export function settingsForm(known: Settings | undefined, extra: readonly Node[] = []): HTMLFormElement {
  const directory = h("textarea", {
    value: known?.directory.join("\n") ?? "",
    required: true,
    rows: 3,
    spellcheck: false,
    autocapitalize: "off",
    placeholder: "identity.key@gateway",
  });
  const nymApi = h("input", {
    type: "url",
    value: known?.nymApi ?? DEFAULT_NYM_API,
    required: true,
    spellcheck: false,
  });
  const forceTls = h("input", { type: "checkbox", checked: known?.forceTls ?? true });
  const fault = h("p", { className: "fault", hidden: true });
  fault.setAttribute("role", "alert");
  const advanced = h(
    "details",
    { open: known !== undefined },
    h("summary", {}, "The way into the mixnet"),
    field("nym-api", nymApi, "Tells which mix nodes and gateways there are. Change it for a network of your own."),
    h("label", { className: "check" }, forceTls, h("span", {}, "Only gateways with TLS")),
  );
  const form = h(
    "form",
    { noValidate: true },
    field("Nym address of the directory", directory, "Who runs a directory publishes it. Several: one a line."),
    ...(known?.loopback === undefined ? [advanced] : []),
    fault,
    h("div", { className: "row" }, h("button", { type: "submit" }, known === undefined ? "Connect" : "Save"), ...extra),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const addresses = addressesIn(directory.value);
    const wrong =
      addresses === undefined
        ? "That is no Nym address. It looks like identity.key@gateway, three long words."
        : isHttpUrl(nymApi.value)
          ? undefined
          : "That is no URL of a nym-api: it begins with https://.";
    fault.hidden = wrong === undefined;
    fault.textContent = wrong ?? "";
    if (wrong !== undefined || addresses === undefined) return;
    const { loopback, replyKey } = { loopback: undefined, replyKey: undefined, ...known };
    const same = known?.directory.join() === addresses.join();
    const settings = {
      directory: addresses,
      nymApi: nymApi.value,
      forceTls: forceTls.checked,
      loopback,
      replyKey: same ? replyKey : undefined,
    };
    location.search = writeSettings(settings);
  });
  return form;
}
