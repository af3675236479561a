"""A store and a server of the program, for benchmarks: started, measured, stopped."""
import ctypes, os, re, signal, socket, subprocess, sys, tempfile, time, urllib.error, urllib.request

TOOLS = os.environ.get("BUILD_DIR", "build") + "/bin/"
TICK = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Store:
    """Of an engine: "sqlite" in `folder`, "postgres" for a server of its own, or the address of an empty database."""

    def __init__(self, engine, folder):
        self.folder, self.place, self.environment, self.process = folder, folder, {}, None
        if engine == "postgres":
            self.process = subprocess.Popen([TOOLS + "scale_bench", "postgres", "-", "0"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
            engine = self.process.stdout.readline().strip() or sys.exit("PostgreSQL could not be started")
        if engine != "sqlite":
            self.place = engine
            self.environment = {"DATABASE_URL": engine}
        os.makedirs(folder, exist_ok=True)

    def run(self, *command, **options):
        """The program on this store."""
        return subprocess.run([TOOLS + "audiomuse", *command, "--data", self.folder], check=True,
                              env={**os.environ, **self.environment}, **options)

    def bench(self, what, number, **options):
        return subprocess.run([TOOLS + "scale_bench", what, self.place, str(number)], check=True, text=True, **options)

    def is_filled(self):
        return bool(self.bench("ids", 0, capture_output=True).stdout)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Server:
    def __init__(self, store):
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [TOOLS + "audiomuse", "serve", "--no-worker", "--data", store.folder, "--host", "127.0.0.1", "--port",
             str(self.port), "--log-level", "warn"], stdout=self.log, stderr=self.log, preexec_fn=end_with_parent,
            env={**os.environ, "AUTH_ENABLED": "false", **store.environment})
        started = time.monotonic()
        while True:
            if self.process.poll() is not None:
                self.log.seek(0)
                sys.exit("the server ended: " + self.log.read().decode())
            if self.status("/api/ready") == 200:
                self.seconds_to_start = time.monotonic() - started
                return
            time.sleep(0.02)

    def status(self, path):
        """Of a GET; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self):
        """Resident, and proportional set size."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            text = file.read()
        return tuple(int(re.search(rf"^{key}:\s+(\d+)", text, re.M)[1]) / 1024 for key in ("Rss", "Pss"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def stop(self):
        """What it said; a server that has crashed, or does not end well, ends the benchmark."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        self.log.seek(0)
        said = self.log.read().decode()
        if status != 0:
            sys.exit(f"the server ended with status {status}: {said}")
        return said
