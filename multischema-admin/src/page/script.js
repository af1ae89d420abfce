// Makes what works without it faster. It is kept from running anything that a page brings along.
"use strict";

document.addEventListener("change", (event) => {
    if (event.target.id === "schema" && event.target.tagName === "SELECT") event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    const field = document.querySelector('[data-key="/"]');
    if (!field) return;
    event.preventDefault();
    field.focus();
});

// Looks for what a field can refer to, while one types.
for (const field of document.querySelectorAll("input[data-search]")) {
    const list = document.createElement("datalist");
    list.id = field.id + "-list";
    field.after(list);
    field.setAttribute("list", list.id);
    let asked = 0;
    field.addEventListener("input", () => {
        const turn = ++asked;
        setTimeout(async () => {
            if (turn !== asked) return;
            const response = await fetch(field.dataset.search + "?q=" + encodeURIComponent(field.value));
            if (!response.ok || turn !== asked) return;
            list.replaceChildren(...(await response.json()).map((choice) => {
                const option = document.createElement("option");
                option.value = choice.value;
                option.label = choice.label;
                return option;
            }));
        }, 150);
    });
}

// Shows how far a run over the fleet is, as it goes on.
for (const panel of document.querySelectorAll("[data-events]")) {
    const progress = panel.querySelector("progress");
    const count = panel.querySelector("output");
    const failures = panel.querySelector("[data-failures]");
    let failed = 0;
    const source = new EventSource(panel.dataset.events);
    source.addEventListener("message", (message) => {
        const event = JSON.parse(message.data);
        if (event.event === "began") {
            failed = 0;
            failures.replaceChildren();
        }
        if (event.outcome === "failed") {
            failed++;
            if (failures.childElementCount < 100) {
                const item = document.createElement("li");
                item.textContent = event.schema + ": " + event.message;
                failures.append(item);
            }
        }
        if (event.pending === undefined) return;
        const done = event.done ?? 0;
        progress.max = Math.max(event.pending, 1);
        progress.value = done;
        count.textContent = `${done} of ${event.pending} schemata` + (failed ? `, ${failed} failed` : "");
    });
    source.addEventListener("over", () => {
        source.close();
        // What has come of it is on the page now.
        location.replace(location.href);
    });
}
