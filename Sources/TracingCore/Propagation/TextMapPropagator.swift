/// Carries context in text headers, for services that use HTTP beside messages (OpenTelemetry propagators API).
///
/// The rules of HTTP: names are case-insensitive; a repeated `traceparent` is invalid; repeated `tracestate` and
/// `baggage` headers are one list each. For messages see ``MessageContextReader``.
public struct TextMapPropagator: Sendable, Hashable {
    /// The formats that a propagator reads and writes.
    public struct Formats: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8

        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// W3C Trace Context: `traceparent` and `tracestate`.
        @inlinable public static var traceContext: Formats { Formats(rawValue: 1) }
        /// W3C Baggage: `baggage`.
        @inlinable public static var baggage: Formats { Formats(rawValue: 2) }
    }

    /// The formats in use.
    public let formats: Formats

    /// A propagator of the formats, by default both.
    public init(_ formats: Formats = [.traceContext, .baggage]) { self.formats = formats }

    /// A propagator as the environment variable `OTEL_PROPAGATORS` states it: `tracecontext`, `baggage`, or `none`,
    /// separated by commas, in any case. `none` beside others has no effect. A list without any of them is as the default.
    ///
    /// `unknown` gets the names of other formats, for a warning; they are ignored.
    public init(parsing list: String, unknown: inout [String]) {
        var formats: Formats = []
        var isNone = false
        list.withBytes { bytes in
            bytes.forEachPart(separatedBy: UInt8(ascii: ",")) { part in
                let name = part.trimmed.string
                if name.isEmpty { return true }
                switch name.lowercased() {
                case "tracecontext": formats.insert(.traceContext)
                case "baggage": formats.insert(.baggage)
                case "none": isNone = true
                default: unknown.append(name)
                }
                return true
            }
        }
        self.init(formats.isEmpty && !isNone ? [.traceContext, .baggage] : formats)
    }

    /// The names of the headers that ``inject(_:_:)`` may return: remove them from a reused carrier first.
    public var fields: [String] {
        (formats.contains(.traceContext) ? [Self.traceparent, Self.tracestate] : [])
            + (formats.contains(.baggage) ? [Self.baggage] : [])
    }

    /// The remote context and the baggage of `headers`.
    ///
    /// Where the headers have none that is valid, what is already known stays: `current` and `baggage`.
    public func extract(
        _ headers: some Sequence<(String, String)>, keeping current: SpanContext? = nil, _ baggage: Baggage = Baggage()
    ) -> (context: SpanContext?, baggage: Baggage) {
        var parents: [String] = []
        var traceState = TraceStateParser()
        var baggageParser = BaggageParser()
        for (name, value) in headers {
            switch name.lowercased() {
            case Self.traceparent: parents.append(value)
            case Self.tracestate: value.withBytes { traceState.append($0) }
            case Self.baggage: value.withBytes { baggageParser.append($0) }
            default: break
            }
        }
        var context = current
        if formats.contains(.traceContext), parents.count == 1, var remote = TraceParent.parse(parents[0]) {
            if let state = traceState.finish() { remote.traceState = state }
            context = remote
        }
        let hasBaggage = formats.contains(.baggage) && !baggageParser.baggage.isEmpty
        return (context, hasBaggage ? baggageParser.baggage : baggage)
    }

    /// The headers to send, each once. An invalid context and empty baggage have none.
    public func inject(_ context: SpanContext?, _ baggage: Baggage? = nil) -> [(String, String)] {
        var headers: [(String, String)] = []
        if formats.contains(.traceContext), let context, context.isValid {
            headers.append((Self.traceparent, TraceParent.string(context)))
            if !context.traceState.isEmpty { headers.append((Self.tracestate, context.traceState.headerValue)) }
        }
        if formats.contains(.baggage), let value = baggage?.headerValue, !value.isEmpty {
            headers.append((Self.baggage, value))
        }
        return headers
    }

    private static let traceparent = PropagationHeader.traceparent.description
    private static let tracestate = PropagationHeader.tracestate.description
    private static let baggage = PropagationHeader.baggage.description
}
