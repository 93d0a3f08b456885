// Shows what is pushed, and opens the page that it is about. It keeps no page and answers no request: private pages stay private.
"use strict";

addEventListener("push", (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    told = { title: "Tocsin", body: "", url: "alerts" };
  }
  const icon = new URL(new URL(location).searchParams.get("icon") ?? "", location).href;
  event.waitUntil(registration.showNotification(told.title, { body: told.body, tag: told.tag, icon, data: { url: told.url } }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const scope = new URL(registration.scope);
  const page = new URL(event.notification.data?.url ?? "alerts", scope);
  if (page.origin !== scope.origin || !page.pathname.startsWith(scope.pathname)) return;
  event.waitUntil((async () => {
    const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const ours = open.find((client) => client.url === page.href);
    await (ours ? ours.focus() : clients.openWindow(page.href));
  })());
});
