#include "apidocs.h"

namespace audiomuse::api {

const std::string_view kApiPage = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AudioMuse API</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, Canvas); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h2 { margin: 2rem 0 .5rem; }
details { border-bottom: 1px solid var(--line); }
summary { padding: .6rem 0; cursor: pointer; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
summary:focus-visible { outline: 2px solid; }
.method { font-weight: 700; min-width: 4rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.inside { padding: 0 0 1rem 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; }
th { font-weight: 600; }
</style>
</head>
<body>
<h1>AudioMuse API</h1>
<p>The same as a document for programs: <a href="../apispec_1.json">OpenAPI 3</a>.</p>
<main id="routes" aria-live="polite">Loading …</main>
<script src="page.js"></script>
</body>
</html>
)html";

const std::string_view kApiPageScript = R"js('use strict';

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function table(head, rows) {
  const made = element('table');
  const headRow = made.createTHead().insertRow();
  for (const text of head) headRow.append(element('th', text));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((text, i) => line.insertCell().append(element(i === 0 ? 'code' : 'span', text)));
  }
  return made;
}

function limits(schema) {
  const parts = [schema.type];
  if (schema.enum) parts.push(schema.enum.join(' | '));
  if (schema.minimum !== undefined || schema.maximum !== undefined) {
    parts.push(`${schema.minimum ?? ''} … ${schema.maximum ?? ''}`);
  }
  if (schema.default !== undefined) parts.push(`default ${schema.default}`);
  return parts.join(', ');
}

function operation(path, method, data) {
  const made = element('details');
  const head = element('summary');
  head.append(element('span', method.toUpperCase(), 'method'), element('code', path), element('span', data.summary));
  const inside = element('div', undefined, 'inside');
  const rows = (data.parameters || []).map((p) => [p.name, p.in + (p.required ? ', required' : ''), limits(p.schema), p.description || '']);
  const body = data.requestBody?.content['application/json'].schema;
  for (const [name, schema] of Object.entries(body?.properties || {})) {
    rows.push([name, 'body' + (body.required?.includes(name) ? ', required' : ''), limits(schema), schema.description || '']);
  }
  if (rows.length) inside.append(table(['Parameter', 'Where', 'Type', 'Meaning'], rows));
  inside.append(table(['Status', 'Answer'], Object.entries(data.responses).map(([code, r]) => [code, r.description])));
  made.append(head, inside);
  return made;
}

async function show() {
  const place = document.getElementById('routes');
  const answer = await fetch('../apispec_1.json');
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const api = await answer.json();
  place.textContent = '';
  for (const tag of api.tags) {
    place.append(element('h2', tag.name), element('p', tag.description));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, data] of Object.entries(methods)) {
        if (data.tags.includes(tag.name)) place.append(operation(path, method, data));
      }
    }
  }
}

show().catch((error) => { document.getElementById('routes').textContent = `The description cannot be shown. ${error.message}`; });
)js";

}  // namespace audiomuse::api
