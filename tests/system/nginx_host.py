"""A real nginx with the shipped configuration, in a directory of its own.

    host = NginxHost(dir, socket, ["127.0.0.2/32"], gate="long random")
    host.start(); urlopen(host.url("/healthz")); host.stop()       # or: with NginxHost(...) as host:

The files of nginx/ are used as they are shipped: placeholders are substituted and the address list is turned
into nginx's syntax as the Makefile does at installation. Runs as root and as a normal user.
"""

import os
import shutil
import signal
import socket as sockets
import subprocess
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "nginx")

# The Makefile's command: bolna-addresses -> callsheet-allow.conf and callsheet-geo.conf in directory d.
ADDRESSES_AWK = (
    'BEGIN { a = d "/callsheet-allow.conf"; g = d "/callsheet-geo.conf"; printf "" > a; printf "" > g } '
    '{ sub(/[#\\r].*/, "") } '
    'NF { print "allow " $1 ";" > a; print $1 " \\"\\";" > g }'
)

NGINX_CONF = """\
{user}
daemon off;
worker_processes {workers};
pid {dir}/nginx.pid;
error_log {dir}/error.log notice;
events {{ worker_connections 1024; }}
http {{
    access_log {dir}/other.log;
    client_body_temp_path {dir}/temp/body;
    proxy_temp_path {dir}/temp/proxy;
    fastcgi_temp_path {dir}/temp/fastcgi;
    uwsgi_temp_path {dir}/temp/uwsgi;
    scgi_temp_path {dir}/temp/scgi;
    include conf.d/callsheet-http.conf;
    {http_extra}
    server {{
        listen {listen};
        server_name localhost;
        root {dir}/root;
        {server_extra}
        include callsheet/callsheet.conf;
        {console}
    }}
}}
"""


def nginx_binary():
    """The path of nginx, or None where it is not installed."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def has_dual_stack():
    """Whether a socket on [::] can serve IPv4 here as well."""
    try:
        with sockets.socket(sockets.AF_INET6) as probe:
            probe.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 0)
            probe.bind(("::", 0))
        return True
    except OSError:
        return False


def free_port(dual_stack=False):
    with sockets.socket(sockets.AF_INET6 if dual_stack else sockets.AF_INET) as probe:
        if dual_stack:
            probe.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 0)
        probe.bind(("::" if dual_stack else "127.0.0.1", 0))
        return probe.getsockname()[1]


class NginxHost:
    """nginx in front of the receiver's socket.

    directory     created if missing; configuration, logs and temporary files are inside
    socket        path of the receiver's Unix socket; need not exist yet
    addresses     the address list: lines as in nginx/bolna-addresses, or None for the shipped file
    gate          value of CALLSHEET_GATE, or None for an empty gate file
    rate, burst   instead of the shipped 200 and 400 (a benchmark has one address only)
    dual_stack    listen on [::] for both protocols: an IPv4 peer is then ::ffff:a.b.c.d
    workers       worker processes
    users         {name: password} of those who may log in
    console       whether the console is included
    server_extra, http_extra   further lines for these blocks, before the includes of the server block
    """

    def __init__(self, directory, socket, addresses=None, gate=None, *, rate=None, burst=None,
                 dual_stack=False, workers=1, server_extra="", http_extra="", users=None,
                 console=False):
        self.dir = os.path.abspath(str(directory))
        self.socket = os.path.abspath(str(socket))
        self.addresses = addresses
        self.gate = gate
        self.rate = rate
        self.burst = burst
        self.dual_stack = dual_stack
        self.workers = workers
        self.users = users
        self.console = console
        self.server_extra = server_extra
        self.http_extra = http_extra
        self.port = None
        self.process = None
        self.access_log = os.path.join(self.dir, "callsheet.log")
        self.error_log = os.path.join(self.dir, "error.log")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self):
        for _ in range(5):      # another process may take the free port first
            self.port = free_port(self.dual_stack)
            self.render()
            with open(os.path.join(self.dir, "stderr"), "ab") as stderr:
                self.process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=stderr,
                                                stderr=stderr, start_new_session=True)
            if self._wait_for_port():
                return self
            self.stop()
        raise RuntimeError("nginx did not start:\n" + self._read("stderr") + self._read("error.log"))

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)     # our own session: master and workers
            self.process.wait()
        self.process = None

    def reload(self):
        """Write the files anew from the attributes and let nginx read them; returns when the workers are new."""
        self.render()
        before = self._read("error.log").count("exited with code 0")
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while self._read("error.log").count("exited with code 0") == before:
            if time.monotonic() > deadline:
                raise RuntimeError("nginx did not reload:\n" + self._read("error.log"))
            time.sleep(0.02)

    def check(self):
        """nginx -t with the rendered files: (exit status, output)."""
        if self.port is None:
            self.port = free_port(self.dual_stack)
            self.render()
        done = subprocess.run(self._command("-t"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=30)
        return done.returncode, done.stdout

    def render(self):
        """Write nginx.conf and the shipped files into the directory, as an installation would."""
        for name in ("", "callsheet", "conf.d", "temp", "root"):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)
        if self.addresses is None:
            shutil.copy(os.path.join(SOURCE, "bolna-addresses"), os.path.join(self.dir, "bolna-addresses"))
        else:
            self._write("bolna-addresses", "".join(line + "\n" for line in self.addresses))
        subprocess.run(["awk", "-v", f"d={self.dir}/callsheet", ADDRESSES_AWK, f"{self.dir}/bolna-addresses"],
                       check=True)
        gate = "" if self.gate is None else f'fastcgi_param CALLSHEET_GATE "{self.gate}";\n'
        self._write("callsheet/callsheet-gate.conf", gate, 0o600)
        self._write("callsheet/callsheet-users", "".join(
            f"{name}:{{PLAIN}}{password}\n" for name, password in (self.users or {}).items()))
        include = self._shipped("callsheet.conf.in")
        cut = include.index("\n# ==== callsheet-fastcgi.conf") + 1
        self._write("callsheet/callsheet.conf", include[:cut])
        self._write("callsheet/callsheet-fastcgi.conf", include[cut:])
        self._write("conf.d/callsheet-http.conf", self._shipped("callsheet-http.conf"))
        self._write("callsheet/callsheet-console.conf", self._shipped("console.conf.in"))
        self._write("nginx.conf", NGINX_CONF.format(
            dir=self.dir, workers=self.workers,
            console="include callsheet/callsheet-console.conf;" if self.console else "",
            http_extra=self.http_extra, server_extra=self.server_extra,
            user="user root root;" if os.geteuid() == 0 else "",
            listen=f"[::]:{self.port} ipv6only=off" if self.dual_stack else f"127.0.0.1:{self.port}"))

    def _shipped(self, name):
        with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("@SOCKET@", self.socket).replace("@LOGDIR@", self.dir)
        text = text.replace("@WWW@", os.path.join(os.path.realpath(SOURCE), "www"))
        if self.rate is not None:
            text = text.replace("rate=200r/s", f"rate={self.rate}r/s")
        if self.burst is not None:
            text = text.replace("burst=400 ", f"burst={self.burst} ")
        return text

    def _command(self, *more):
        binary = nginx_binary()
        if binary is None:
            raise RuntimeError("nginx is not installed")
        return [binary, "-p", self.dir, "-e", self.error_log, "-c", os.path.join(self.dir, "nginx.conf"), *more]

    def _wait_for_port(self):
        """True once nginx accepts; False if it ended. Every listener is open before the first accept."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                sockets.create_connection(("127.0.0.1", self.port), 1).close()
                return os.path.exists(os.path.join(self.dir, "nginx.pid"))
            except OSError:
                time.sleep(0.02)
        return False

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def _read(self, name):
        try:
            with open(os.path.join(self.dir, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""
