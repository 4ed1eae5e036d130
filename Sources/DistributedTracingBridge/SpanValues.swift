#if DistributedTracing
public import Tracing
public import TracingCore

/// A time of ours says when a span of swift-distributed-tracing starts or ends.
extension Timestamp: TracerInstant {}

extension TraceSpan.Kind {
    init(_ kind: SpanKind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        case .internal: self = .internal
        }
    }
}

extension SpanKind {
    init(_ kind: TraceSpan.Kind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        case .internal: self = .internal
        }
    }
}

extension TraceSpan.Status {
    init(_ status: SpanStatus) {
        switch status.code {
        case .ok: self = .ok
        case .error: self = .error(status.message ?? "")
        }
    }
}

extension SpanStatus {
    /// `nil` for what swift-distributed-tracing says by silence.
    init?(_ status: TraceSpan.Status) {
        switch status {
        case .unset: return nil
        case .ok: self.init(code: .ok)
        case .error(let description): self.init(code: .error, message: description.isEmpty ? nil : description)
        }
    }
}

extension TraceSpan.Link {
    /// A link to the span of ours that the context names.
    init(_ link: SpanLink) {
        self.init(
            ActiveContext(link.context).spanContext ?? .invalid, attributes: Attributes(link.attributes))
    }
}
#endif
