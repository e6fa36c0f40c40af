"""What all stand-ins share: a server on loopback from its start to its end, in
a test or as a program."""

import os
import signal
import sys
import threading
from http.server import ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """The server of a stand-in, `sim`."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, handler, sim):
        self.sim = sim
        super().__init__(address, handler)

    def handle_error(self, request, client_address):
        """Clients that hang up are no news; all else is a bug here."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self):
        """Listen no more."""
        self.shutdown()
        self.server_close()


class StandIn:
    """Answers from start() to stop(), or within a with; once."""

    handler = None      # of one connection
    server = Server
    path = ""           # what the address ends with

    def __init__(self, listen=("127.0.0.1", 0)):
        self._listen = listen
        self._server = self._thread = None
        self.stopping = threading.Event()

    def start(self):
        """Listen, in threads; the address is `url`."""
        self._server = self.server(self._listen, self.handler, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True,
            name=f"sim-{type(self).__name__}")
        self._thread.start()
        return self

    def stop(self):
        """End all threads; the evidence stays.  A second time does nothing."""
        if self._server is None or self.stopping.is_set():
            return
        self.stopping.set()
        self._server.stop()
        self._thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    @property
    def port(self):
        """The port listened on."""
        return self._server.server_port

    @property
    def url(self):
        """The address to give a client."""
        return f"http://{self._listen[0]}:{self.port}{self.path}"

    def sleep(self, seconds):
        """A stall; False when stopping cut it short."""
        return seconds <= 0 or not self.stopping.wait(seconds)


# As a program

def add_options(parser):
    """What each program takes: where to listen, and whom to tell."""
    parser.add_argument("--listen", default="127.0.0.1:0", type=address,
                        metavar="HOST:PORT")
    parser.add_argument("--port-file", metavar="FILE")


def address(text):
    """HOST:PORT as a socket wants it."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def serve(sim, port_file):
    """Until SIGTERM or SIGINT."""
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    with sim:
        if port_file:
            write_port(port_file, sim.port)
        print(f"listening on {sim.url}", flush=True)
        end.wait()


def write_port(path, port):
    """Whoever sees the file sees the whole number."""
    part = f"{path}.{os.getpid()}"
    with open(part, "w", encoding="ascii") as file:
        file.write(f"{port}\n")
    os.replace(part, path)
