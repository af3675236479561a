// Ollama in the place of a language model, for the page's tests: what it answers follows from the request. Plain Node.
//   node stand_in_model.mjs       prints its address
// "slowly" in a request is never answered, "nonsense" is answered in prose; else what is known of the words becomes a plan.

import { createServer } from 'node:http';

const condition = (words, kind, value, from = null, to = null) => ({ words, kind, degree: 'is', value, from, to });
const known = {
    jazz: (words) => condition(words, 'genre', 'jazz'),
    'rainy evening': (words) => condition(words, 'energy', '', 0, 0.7),
};

function answer(prompt) {
    const request = JSON.parse(/^Request: (".*")$/m.exec(prompt)[1]);
    if (request.includes('nonsense')) return 'I like music.';
    const filter = Object.entries(known).filter(([words]) => request.includes(words)).map(([words, say]) => say(words));
    // a model likes to name songs that nobody has
    return JSON.stringify({ filter, seed_search: [{ title: 'Imagined Song', artist: '' }], similar_artists: [], text_match: [] });
}

const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { prompt } = JSON.parse(body);
    if (prompt.includes('slowly')) return;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ response: answer(prompt), done: true }));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/api/generate`));
