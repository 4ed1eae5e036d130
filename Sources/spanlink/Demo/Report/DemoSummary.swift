import MessagingTracing
import TraceReport
import TracingCore

/// What the demo did, counted from the spans that were exported.
struct DemoSummary {
    /// What one service consumed.
    struct Consumer {
        let name: String
        var batches = 0
        var largestBatch = 0
        var messages = 0
        var links = 0
        var resolvedLinks = 0
        var droppedLinks = 0
        /// Links to sampled spans that are not there.
        var brokenLinks = 0
        /// Different spans that links point at.
        var producers: Set<SpanID> = []
    }

    let requests: Int
    let consumers: [Consumer]
    let exportedSpans: Int
    let droppedSpans: Int

    init(requests: Int, consumers names: [String], index: SpanIndex, droppedSpans: Int) {
        self.requests = requests
        self.exportedSpans = index.spans.count
        self.droppedSpans = droppedSpans
        self.consumers = names.map { service in
            var consumer = Consumer(name: service)
            for span in index.spans
            where span.kind == .consumer && span.resource.attributes["service.name"] == .string(service) {
                consumer.count(span, in: index)
            }
            return consumer
        }
    }
}

extension DemoSummary.Consumer {
    fileprivate mutating func count(_ span: SpanData, in index: SpanIndex) {
        var size = 1
        if case .int(let count) = span.attributes[MessagingAttribute.batchMessageCount] { size = Int(count) }
        batches += 1
        largestBatch = max(largestBatch, size)
        messages += size
        links += span.links.count
        droppedLinks += span.droppedLinksCount
        for link in span.links {
            producers.insert(link.context.spanID)
            if index[link.context] != nil { resolvedLinks += 1 } else if link.context.isSampled { brokenLinks += 1 }
        }
    }
}

// MARK: - Is it right?

extension DemoSummary {
    /// What should not be: links that are missing or point nowhere, spans that were lost.
    ///
    /// - Parameter allAreRecorded: whether every consumer span is recorded, so that all requests must be found in links.
    func problems(allAreRecorded: Bool) -> [String] {
        var problems: [String] = []
        for consumer in consumers {
            func require(_ isGood: Bool, _ problem: String) {
                if !isGood { problems.append("\(consumer.name): \(problem)") }
            }
            require(
                consumer.links == consumer.messages,
                "\(consumer.messages) messages were handled and \(consumer.links) are linked")
            require(
                !allAreRecorded || consumer.producers.count == requests,
                "links point at \(consumer.producers.count) producers of \(requests)")
            require(consumer.droppedLinks == 0, "\(consumer.droppedLinks) links were dropped")
            require(consumer.brokenLinks == 0, "\(consumer.brokenLinks) links point at sampled spans that are missing")
        }
        if droppedSpans > 0 { problems.append("\(droppedSpans) spans were lost") }
        return problems
    }
}

// MARK: - What is said

extension DemoSummary {
    /// For programs.
    func json(problems: [String]) -> String {
        String(decoding: JSONWriter.bytes { write(problems: problems, to: &$0) }, as: UTF8.self)
    }

    private func write(problems: [String], to json: inout JSONWriter) {
        func member(_ key: String, _ value: Int) {
            json.key(key)
            json.integer(Int64(value))
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
        json.key("problems")
        json.beginArray()
        for problem in problems { json.string(problem) }
        json.endArray()
        json.endObject()
    }

    /// For people.
    var text: String {
        var lines = ["\(requests) requests; \(exportedSpans) spans exported, \(droppedSpans) dropped"]
        for consumer in consumers {
            let batches = consumer.batches == 1 ? "1 batch of" : "\(consumer.batches) batches of at most"
            let size = consumer.largestBatch > 1 ? "\(batches) \(consumer.largestBatch)" : "one by one"
            lines.append(
                "  \(consumer.name): \(size), \(consumer.links) links, of which \(consumer.resolvedLinks) resolve; "
                    + "\(consumer.droppedLinks) dropped")
        }
        return lines.joined(separator: "\n")
    }
}
