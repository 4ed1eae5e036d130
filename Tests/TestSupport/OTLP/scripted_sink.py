"""An HTTP server on the loopback that answers each POST by the next step of a script, and 200 after the last.

scripted_sink.py STEP...      prints {"port": N} and a line for each request that comes; when a line comes on its
standard input, it prints each request as a JSON line, "end", and ends
  200 | 500 | ...             that status
  503,Retry-After=1           with a header
  partial,3,why               200 with a partial success: rejected count, message
  status,400,why              a google.rpc.Status as the body
  text,404,why                a body of plain text
  html                        200 with a page
  echo,HEADER                 401 with the value of that header in a google.rpc.Status
  large,N                     200 with a body of N bytes
  hang                        never answers
  close                       reads half of the body and closes the connection

Options before the steps:
  --limit BYTES[,400|early]   larger bodies get 413, or 400 with the collector's text, or 413 before they are read and the
                              connection closed, and use up no step
  --tls VERSION               TLS up to that version, such as 1.1; the first line then has "ca"
"""
import base64
import gzip
import json
import ssl
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import certificate

steps = sys.argv[1:]
options = {}
while steps and steps[0].startswith("--"):
    name = steps.pop(0)
    options[name] = steps.pop(0)
limit, _, limit_status = options.get("--limit", "0,").partition(",")
lock = threading.Lock()
connections = {}
requests = []
ended = threading.Event()


def field(number, value):
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), content_type="application/x-protobuf"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        with lock:
            if 0 < int(limit) < length:
                step = "status,400,http: request body too large" if limit_status == "400" else "413"
            else:
                step = steps.pop(0) if steps else "200"
            connection = connections.setdefault(self.client_address, len(connections))
        is_cut = step == "close" or step == "413" and limit_status == "early"
        body = b"" if step == "413" and is_cut else self.rfile.read(length // 2 if is_cut else length)
        self.close_connection |= is_cut
        if not is_cut and self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with lock:
            requests.append(json.dumps({
                "step": step, "path": self.path, "connection": connection,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": base64.b64encode(body).decode(),
            }))
            print("request", flush=True)
        kind, *rest = step.split(",")
        if kind == "hang":
            ended.wait()
        elif kind == "close":
            pass
        elif kind == "partial":
            self.answer(200, field(1, field(1, int(rest[0])) + field(2, rest[1].encode())))
        elif kind == "status":
            self.answer(int(rest[0]), field(1, 3) + field(2, rest[1].encode()))
        elif kind == "text":
            self.answer(int(rest[0]), rest[1].encode(), content_type="text/plain; charset=utf-8")
        elif kind == "html":
            self.answer(200, b"<html>hello</html>", content_type="text/html; charset=utf-8")
        elif kind == "echo":
            why = b"bad: " + self.headers[rest[0]].encode()
            self.answer(401, field(1, 3) + field(2, why))
        elif kind == "large":
            self.answer(200, bytes(int(rest[0])))
        else:
            self.answer(int(kind), b"", [tuple(header.split("=", 1)) for header in rest])


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
facts = {"port": server.server_port}
folder = tempfile.TemporaryDirectory()
if "--tls" in options:
    facts["ca"], key = certificate.make(folder.name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(facts["ca"], key)
    # OpenSSL 3 allows old versions at this security level alone.
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion["TLSv" + options["--tls"].replace(".", "_")]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(json.dumps(facts), flush=True)
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
sys.stdin.readline()
ended.set()
with lock:
    print("\n".join(requests + ["end"]), flush=True)
