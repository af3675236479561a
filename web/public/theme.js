// Runs before the first paint, so that the page never flashes in the wrong theme. A file of its own: the policy forbids inline scripts.
(function () {
    var chosen = null;
    try {
        chosen = localStorage.getItem('audiomuse.theme');
    } catch (e) {
        // storage may be forbidden; the system's wish holds then
    }
    var light = chosen === 'light' || (chosen !== 'dark' && matchMedia('(prefers-color-scheme: light)').matches);
    document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
