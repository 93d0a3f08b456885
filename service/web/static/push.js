// The button that has alerts sent to this browser: it asks the browser for a subscription, and sends the form with it.
"use strict";

(() => {
  const form = document.querySelector("form[data-push]");
  const said = document.getElementById("push-said");
  if (!form || !said) return;
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!can) {
    said.textContent = said.dataset.cannot;
    form.querySelector("button").disabled = true;
    return;
  }
  const base = document.body.dataset.base;

  async function subscribed() {
    const worker = await navigator.serviceWorker.register(`${base}service-worker.js?icon=${encodeURIComponent(form.dataset.icon)}`, { scope: base });
    await navigator.serviceWorker.ready;
    const key = Uint8Array.from(atob(form.dataset.push.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const old = await worker.pushManager.getSubscription();
    if (old) await old.unsubscribe();
    return await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  form.addEventListener("submit", async (event) => {
    if (form.elements.endpoint.value) return;
    event.preventDefault();
    said.textContent = "";
    if ((await Notification.requestPermission()) !== "granted") {
      said.textContent = said.dataset.refused;
      return;
    }
    try {
      const made = (await subscribed()).toJSON();
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = made.keys.p256dh;
      form.elements.auth.value = made.keys.auth;
      form.requestSubmit();
    } catch (error) {
      said.textContent = `${said.dataset.failed} ${error.message}`;
    }
  });
})();
