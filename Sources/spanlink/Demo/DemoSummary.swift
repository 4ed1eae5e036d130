import MessagingTracing
import TraceReport
import TracingCore

/// What the demo did, counted from the spans that were exported.
struct DemoSummary {
    struct Consumer {
        var name: String
        var batches = 0
        var largestBatch = 0
        var links = 0
        var resolvedLinks = 0
        var droppedLinks = 0
    }

    let requests: Int
    let consumers: [Consumer]
    let exportedSpans: Int
    let droppedSpans: Int

    init(requests: Int, index: SpanIndex, droppedSpans: Int) {
        self.requests = requests
        self.exportedSpans = index.spans.count
        self.droppedSpans = droppedSpans
        self.consumers = ["settlement", "audit"].map { service in
            var consumer = Consumer(name: service)
            for span in index.spans
            where span.kind == .consumer && span.resource.attributes["service.name"] == .string(service) {
                consumer.batches += 1
                var size = 1
                if case .int(let count) = span.attributes[MessagingAttribute.batchMessageCount] { size = Int(count) }
                consumer.largestBatch = max(consumer.largestBatch, size)
                consumer.links += span.links.count
                consumer.resolvedLinks += span.links.count { index[$0.context] != nil }
                consumer.droppedLinks += span.droppedLinksCount
            }
            return consumer
        }
    }

    /// For programs.
    var json: String {
        var json = JSONWriter()
        func member(_ key: String, _ value: Int) {
            json.key(key)
            json.integer(value)
        }
        json.beginObject()
        member("requests", requests)
        json.key("consumers")
        json.beginObject()
        for consumer in consumers {
            json.key(consumer.name)
            json.beginObject()
            member("batches", consumer.batches)
            member("largestBatch", consumer.largestBatch)
            member("links", consumer.links)
            member("resolvedLinks", consumer.resolvedLinks)
            member("droppedLinks", consumer.droppedLinks)
            json.endObject()
        }
        json.endObject()
        member("exportedSpans", exportedSpans)
        member("droppedSpans", droppedSpans)
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// For people.
    var text: String {
        var lines = ["\(requests) requests; \(exportedSpans) spans exported, \(droppedSpans) dropped"]
        for consumer in consumers {
            let size =
                consumer.largestBatch > 1
                ? "\(consumer.batches) batches of at most \(consumer.largestBatch)" : "one by one"
            lines.append(
                "  \(consumer.name): \(size), \(consumer.links) links, of which \(consumer.resolvedLinks) resolve; "
                    + "\(consumer.droppedLinks) dropped")
        }
        return lines.joined(separator: "\n")
    }
}
