"""An HTTP server on the loopback that answers each POST by the next step of a script, and 200 after the last.

scripted_sink.py STEP...      prints {"port": N} and a line for each request that comes; when a line comes on its
standard input, it prints each request as a JSON line, "end", and ends
  200 | 500 | ...             that status
  503,Retry-After=1           with a header
  partial,3,why               200 with a partial success: rejected count, message
  status,400,why              a google.rpc.Status as the body
  large,N                     200 with a body of N bytes
  hang                        never answers
  close                       reads half of the body and closes the connection
"""
import base64
import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

steps = sys.argv[1:]
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

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        with lock:
            step = steps.pop(0) if steps else "200"
            connection = connections.setdefault(self.client_address, len(connections))
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length // 2 if step == "close" else length)
        if step != "close" and self.headers.get("Content-Encoding") == "gzip":
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
            self.close_connection = True
        elif kind == "partial":
            self.answer(200, field(1, field(1, int(rest[0])) + field(2, rest[1].encode())))
        elif kind == "status":
            self.answer(int(rest[0]), field(1, 3) + field(2, rest[1].encode()))
        elif kind == "large":
            self.answer(200, bytes(int(rest[0])))
        else:
            self.answer(int(kind), b"", [tuple(header.split("=", 1)) for header in rest])


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(json.dumps({"port": server.server_port}), flush=True)
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
sys.stdin.readline()
ended.set()
with lock:
    print("\n".join(requests + ["end"]), flush=True)
