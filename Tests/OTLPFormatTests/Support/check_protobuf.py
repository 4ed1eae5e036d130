"""Compares OTLP in protobuf with the same in OTLP JSON by OpenTelemetry's own definitions (PyPI: opentelemetry-proto).

check_protobuf.py traces|metrics REQUEST.pb REQUEST.json   fails with what differs
check_protobuf.py probe                                    fails where the definitions cannot be imported
"""
import base64
import json
import sys

from google.protobuf import json_format, text_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

IDS = ("traceId", "spanId", "parentSpanId")


def with_base64_ids(node):
    """OTLP's JSON has ids in hexadecimal, protobuf's own JSON wants base64."""
    if isinstance(node, dict):
        return {
            key: base64.b64encode(bytes.fromhex(value)).decode() if key in IDS else with_base64_ids(value)
            for key, value in node.items()
        }
    return [with_base64_ids(item) for item in node] if isinstance(node, list) else node


def main(kind, protobuf_path, json_path):
    make = {
        "traces": trace_service_pb2.ExportTraceServiceRequest,
        "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
    }[kind]
    with open(protobuf_path, "rb") as file:
        written = file.read()
    decoded = make.FromString(written)
    with open(json_path) as file:
        expected = json_format.ParseDict(with_base64_ids(json.load(file)), make())
    # An empty status says as much as none.
    for group in expected.resource_spans if kind == "traces" else ():
        for span in (span for scope in group.scope_spans for span in scope.spans):
            if not span.status.ByteSize():
                span.ClearField("status")
    # As bytes, since a NaN is not equal to itself.
    if decoded.SerializeToString(deterministic=True) != expected.SerializeToString(deterministic=True):
        ours, theirs = (text_format.MessageToString(message).splitlines() for message in (decoded, expected))
        for number, (one, other) in enumerate(zip(ours, theirs)):
            if one != other:
                sys.exit(f"line {number}: protobuf has {one!r}, JSON {other!r}")
        sys.exit(f"{len(ours)} lines in protobuf, {len(theirs)} in JSON")


if sys.argv[1] != "probe":
    main(*sys.argv[1:])
