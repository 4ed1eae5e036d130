"""pika with OpenTelemetry's own instrumentation, as the other side of the interoperability tests.

probe                        exits with 0 when everything can be imported
publish URL QUEUE            publishes with the instrumentation; prints the publish span's ids
publish-bytes URL QUEUE      publishes a traceparent as bytes, as clients do that know no strings; prints its ids
publish-nested URL QUEUE     publishes arrays in arrays, as deep as a frame has room for
consume URL QUEUE COUNT      consumes with the instrumentation; prints each consumer span, and the types of our headers
"""

import json
import struct
import sys

import pika
import pika.data
from opentelemetry import baggage, context, trace
from opentelemetry.instrumentation.pika import PikaInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if sys.argv[1] == "probe":
    sys.exit(0)

command, url, queue = sys.argv[1:4]
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
if not command.startswith("publish-"):
    PikaInstrumentor().instrument(tracer_provider=provider)

connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()


def said(span):
    return {
        "trace": format(span.context.trace_id, "032x"),
        "span": format(span.context.span_id, "016x"),
        "parent": format(span.parent.span_id, "016x") if span.parent else None,
        "kind": span.kind.name,
    }


if command == "publish":
    token = context.attach(baggage.set_baggage("tenant", "blau&grün"))
    channel.basic_publish("", queue, b"from pika", pika.BasicProperties(message_id="p-1", headers={"mine": 1}))
    context.detach(token)
    print(json.dumps([said(span) for span in exporter.get_finished_spans()]))
elif command == "publish-bytes":
    ids = {"trace": "0af7651916cd43dd8448eb211c80319c", "span": "b7ad6b7169203331"}
    header = "00-{trace}-{span}-01".format(**ids).encode()
    channel.basic_publish("", queue, b"from bytes", pika.BasicProperties(headers={"traceparent": header}))
    print(json.dumps([ids]))
elif command == "publish-nested":
    levels = [b"A" + struct.pack(">I", 5 * level) for level in range(26_000)]
    table = b"\x01h" + b"".join(reversed(levels))

    # pika would run out of stack itself.
    def encode_table(pieces, _):
        pieces += [struct.pack(">I", len(table)), table]
        return 4 + len(table)

    pika.data.encode_table = encode_table
    channel.confirm_delivery()
    channel.basic_publish("", queue, b"nested", pika.BasicProperties(headers={"h": 1}))
    print("[]")
elif command == "consume":
    expected, types = int(sys.argv[4]), []

    def handle(channel, method, properties, body):
        types.append({name: type(value).__name__ for name, value in properties.headers.items()})
        channel.basic_ack(method.delivery_tag)
        if len(types) == expected:
            channel.stop_consuming()

    channel.basic_consume(queue, handle)
    channel.start_consuming()
    spans = [said(span) for span in exporter.get_finished_spans() if span.kind.name == "CONSUMER"]
    print(json.dumps([dict(span, headers=headers) for span, headers in zip(spans, types)]))
connection.close()
