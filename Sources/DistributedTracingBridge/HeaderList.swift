#if DistributedTracing
internal import Tracing
internal import TracingCore

/// A message's headers as the carrier of swift-distributed-tracing's injectors and extractors.
struct HeaderList: Sendable {
    var headers: [(name: String, value: String)] = []

    /// The rules of messages. Of several `traceparent` values the last valid one counts, with the `tracestate` values behind
    /// it; several `baggage` values are one list; of any other name the last value counts. A name in another case is read if
    /// there is none in lower case.
    func value(of name: String) -> String? {
        if name == "tracestate" {
            let state = w3c.context?.traceState.headerValue ?? ""
            return state.isEmpty ? nil : state
        }
        return value(ofExactly: name) ?? lowercased.value(ofExactly: name)
    }

    private var lowercased: HeaderList { HeaderList(headers: headers.map { ($0.name.lowercased(), $0.value) }) }

    private func value(ofExactly name: String) -> String? {
        switch name {
        case "traceparent": return headers.last { $0.name == name && TraceParent.parse($0.value) != nil }?.value
        case "baggage":
            let values = headers.lazy.filter { $0.name == name }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: ",")
        default: return headers.last { $0.name == name }?.value
        }
    }

    /// Each header once: the last value counts.
    mutating func set(_ name: String, _ value: String) {
        if let index = headers.firstIndex(where: { $0.name == name }) {
            headers[index].value = value
        } else {
            headers.append((name, value))
        }
    }

    /// What the headers say in W3C terms.
    var w3c: (context: SpanContext?, baggage: Baggage) {
        var reader = MessageContextReader(baggage: true)
        for (name, value) in headers {
            var (name, value) = (name, value)
            name.withUTF8 { name in
                value.withUTF8 { reader.read(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
            }
        }
        return (reader.finish(), reader.baggage)
    }
}

struct HeaderListAccess: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout HeaderList) { carrier.set(key, value) }
    func extract(key: String, from carrier: HeaderList) -> String? { carrier.value(of: key) }
}
#endif
