#if SwiftLog
public import Logging

extension Logger.MetadataProvider {
    /// Adds `trace_id`, `span_id` and `trace_flags` of the active span to log entries, so that a backend shows them with the
    /// trace (OpenTelemetry, "Trace Context in non-OTLP Log Formats"). Trait `SwiftLog`.
    ///
    ///     LoggingSystem.bootstrap(StreamLogHandler.standardError, metadataProvider: .traceContext)
    public static let traceContext = Logger.MetadataProvider {
        guard let span = ActiveContext.current.spanContext, span.isValid else { return [:] }
        return [
            "trace_id": "\(span.traceID)", "span_id": "\(span.spanID)",
            "trace_flags": "\(span.traceFlags)",
        ]
    }
}
#endif
