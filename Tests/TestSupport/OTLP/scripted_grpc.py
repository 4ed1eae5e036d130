"""A gRPC server of OTLP on the loopback that answers each call by the next step of a script, and OK after the last (PyPI:
grpcio).

scripted_grpc.py STEP...      prints {"port": N} and a line for each call; when a line comes on its standard input, it prints
each call as a JSON line, "end", and ends
  OK | UNAVAILABLE | ...        that status, trailers alone if it is an error
  UNAVAILABLE,why               with a message
  late,UNAVAILABLE,why          the header first, the status in trailers
  retry,UNAVAILABLE,MS          with a google.rpc.RetryInfo of that delay; without MS a RetryInfo without a delay
  partial,3,why                 OK with a partial success: rejected count, message
  hang                          never answers
scripted_grpc.py probe        fails where grpcio cannot be imported

Options before the steps:
  --limit BYTES                 larger messages are refused
  --gzip                        answers are compressed
  --tls                         TLS; the first line then has "ca"
"""
import base64
import json
import sys
import tempfile
import threading
from concurrent import futures

import grpc

import certificate

steps = sys.argv[1:]
if steps == ["probe"]:
    sys.exit()
settings = []
compression = None
uses_tls = False
while steps and steps[0].startswith("--"):
    option = steps.pop(0)
    if option == "--limit":
        settings.append(("grpc.max_receive_message_length", int(steps.pop(0))))
    elif option == "--gzip":
        compression = grpc.Compression.Gzip
    elif option == "--tls":
        uses_tls = True
lock = threading.Lock()
connections = {}
calls = []
ended = threading.Event()


def varint(value):
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def retry_info(code, milliseconds):
    info = b""
    if milliseconds is not None:
        info = field(1, field(1, milliseconds // 1000) + field(2, milliseconds % 1000 * 1000000))
    details = field(1, b"type.googleapis.com/google.rpc.RetryInfo") + field(2, info)
    other = field(1, b"type.googleapis.com/google.rpc.DebugInfo") + field(2, b"\x0a\x01x")
    return field(1, code) + field(2, b"wait") + field(3, other) + field(3, details)


def answer(path, body, context):
    time_left = context.time_remaining()
    with lock:
        step = steps.pop(0) if steps else "OK"
        connection = connections.setdefault(context.peer(), len(connections))
        calls.append(json.dumps({
            "step": step, "path": path, "connection": connection,
            "headers": {name: value for name, value in context.invocation_metadata() if isinstance(value, str)},
            "body": base64.b64encode(body).decode(), "timeLeft": time_left,
        }))
        print("request", flush=True)
    kind, *rest = step.split(",")
    if kind == "hang":
        ended.wait()
    elif kind == "partial":
        return field(1, field(1, int(rest[0])) + field(2, rest[1].encode()))
    elif kind == "retry":
        code = grpc.StatusCode[rest[0]]
        details = retry_info(code.value[0], int(rest[1]) if rest[1:] else None)
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        context.abort(code, "wait")
    elif kind == "late":
        context.send_initial_metadata((("x-header", "first"),))
        context.abort(grpc.StatusCode[rest[0]], rest[1])
    elif kind != "OK":
        context.abort(grpc.StatusCode[kind], rest[0] if rest else "")
    return b""


def handlers(service):
    path = f"/{service}/Export"
    return grpc.method_handlers_generic_handler(
        service, {"Export": grpc.unary_unary_rpc_method_handler(lambda body, context: answer(path, body, context))})


server = grpc.server(futures.ThreadPoolExecutor(8), options=settings, compression=compression)
server.add_generic_rpc_handlers([
    handlers("opentelemetry.proto.collector.trace.v1.TraceService"),
    handlers("opentelemetry.proto.collector.metrics.v1.MetricsService"),
])
facts = {}
with tempfile.TemporaryDirectory() as folder:
    if uses_tls:
        facts["ca"], key_path = certificate.make(folder)
        with open(facts["ca"], "rb") as chain, open(key_path, "rb") as key:
            credentials = grpc.ssl_server_credentials([(key.read(), chain.read())])
        facts["port"] = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        facts["port"] = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(json.dumps(facts), flush=True)
    sys.stdin.readline()
ended.set()
with lock:
    print("\n".join(calls + ["end"]), flush=True)
server.stop(None)
