// Stands in the head of a page of attacks and sees whatever runs in it: functions that attacks call,
// scripts that fail, what a policy would have stopped (it only reports), elements and attributes that
// docs/SAFE-HTML.md does not promise, and what has become of the page around them.
"use strict";
(() => {
  const seen = [];
  const note = (how, what) => {
    if (seen.length < 50) seen.push([how, String(what).slice(0, 300)]);
  };
  const canary = { seen, cases: 0, done: false };
  Object.defineProperty(window, "canary", { value: canary, writable: false, configurable: false });

  const load = window.fetch.bind(window);
  const later = window.setTimeout.bind(window);
  const wait = (milliseconds) => new Promise((resolve) => later(resolve, milliseconds));

  for (const name of ["alert", "confirm", "prompt", "print", "open", "fetch", "postMessage", "eval"]) {
    window[name] = () => note("call", name);
  }
  for (const name of ["XMLHttpRequest", "Image", "Audio", "WebSocket", "EventSource", "Worker", "SharedWorker"]) {
    window[name] = function () { note("call", name); };
  }
  for (const name of ["write", "writeln", "open", "execCommand"]) document[name] = () => note("call", `document.${name}`);
  navigator.sendBeacon = () => note("call", "sendBeacon");
  // A picture that cannot be loaded is an event too; a script that fails is one with a message.
  addEventListener("error", (event) => event instanceof ErrorEvent && note("error", event.message), true);
  addEventListener("unhandledrejection", (event) => note("error", event.reason));
  document.addEventListener("securitypolicyviolation", (event) =>
    note("policy", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  // Links that lead to the web would only lead away; all others may do what they do.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link && /^(https?|mailto):$/.test(link.protocol)) event.preventDefault();
  }, true);

  const EVENTS = [
    "mouseover", "mouseenter", "mousemove", "mouseout", "mousedown", "mouseup", "dblclick", "contextmenu", "wheel",
    "pointerover", "pointerdown", "touchstart", "keydown", "keyup", "input", "change", "submit", "reset", "select",
    "focus", "focusin", "blur", "load", "error", "toggle", "beforetoggle", "play", "canplay", "loadstart", "ended",
    "animationstart", "animationend", "transitionend", "scroll", "resize", "drag", "drop", "paste", "copy", "cut",
    "begin", "end", "repeat", "start", "finish", "bounce", "pageshow", "hashchange", "message", "popstate",
  ];

  const provoke = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.focus) element.focus();
      for (const name of EVENTS) element.dispatchEvent(new Event(name, { bubbles: false, cancelable: true }));
      if (element.click) element.click();
      if (element.tagName === "DETAILS") element.open = true;
    }
  };

  const judge = (root, promise, which) => {
    for (const element of root.querySelectorAll("*")) {
      const name = element.localName;
      if (element.namespaceURI !== "http://www.w3.org/1999/xhtml") note("dom", `${which}: foreign ${name}`);
      const own = promise.elements[name];
      if (!own) {
        note("dom", `${which}: <${name}>`);
        continue;
      }
      for (const { name: attribute, value } of element.attributes) {
        if (!own.includes(attribute) && !promise.everywhere.includes(attribute)) note("dom", `${which}: <${name} ${attribute}>`);
        const schemes = promise.schemes[attribute];
        const addresses = attribute === "srcset" ? value.split(", ") : [value];
        for (const address of schemes ? addresses : []) {
          const scheme = (address.match(/^([a-z]+):/) || [])[1];
          if (!schemes.includes(scheme)) note("dom", `${which}: <${name} ${attribute}=${value}>`);
        }
      }
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_PROCESSING_INSTRUCTION);
    if (walker.nextNode()) note("dom", `${which}: a comment`);
  };

  const around = (before) => {
    if (document.title !== before.title) note("page", `its title is ${document.title}`);
    if (location.href !== before.href) note("page", `its address is ${location.href}`);
    if (document.cookie !== "") note("page", "it has a cookie");
    if (window.length !== 0) note("page", `it has ${window.length} frames`);
    if (document.forms.length !== 0) note("page", "it has a form");
    if (document.body !== before.body || !(document.body instanceof HTMLBodyElement)) note("page", "its body is another");
    if (typeof document.getElementById !== "function" || document.baseURI !== before.href) note("page", "its names lead elsewhere");
    if (document.querySelectorAll("script").length !== 1) note("page", "it has a script that is not ours");
  };

  addEventListener("load", async () => {
    try {
      const before = { title: document.title, href: location.href, body: document.body };
      const { cases, standing, promise } = await (await load(location.pathname.replace(/html$/, "json"))).json();
      // As they stand in the page.
      const roots = [...document.querySelectorAll("body > .case")];
      if (roots.length !== standing) note("page", `${roots.length} of ${standing} cases stand`);
      if (standing > 0 && document.body.children.length !== standing) note("page", "something got out of its case");
      roots.forEach((root, number) => judge(root, promise, number));
      provoke(document.body);
      await wait(100);
      // As a feed reader puts them in, and once more as it would keep them.
      const shown = [];
      cases.forEach((html, number) => {
        const root = document.createElement("div");
        root.innerHTML = html;
        document.body.append(root);
        const first = root.innerHTML;
        judge(root, promise, number);
        root.innerHTML = first;
        if (root.innerHTML !== first) note("dom", `${number}: it changes when it is written again`);
        judge(root, promise, number);
        shown.push(root);
      });
      await wait(200);
      for (const root of shown) provoke(root);
      await wait(200);
      around(before);
      canary.cases = cases.length;
    } catch (error) {
      note("canary", error);
    }
    canary.done = true;
  });
})();
