/// The span of a measurement, for exemplars. Plain data: passing it counts no references.
@usableFromInline
struct MeasurementOrigin: Sendable {
    /// Whether the active span of the task is meant; the other members have no meaning then.
    @usableFromInline let isActiveSpan: Bool
    @usableFromInline let isSampled: Bool
    @usableFromInline let traceID: TraceID
    @usableFromInline let spanID: SpanID

    /// - Parameter context: `nil` for the active span of the task.
    @inlinable
    init(_ context: SpanContext?) {
        isActiveSpan = context == nil
        isSampled = context?.isSampled ?? false
        traceID = context?.traceID ?? .invalid
        spanID = context?.spanID ?? .invalid
    }
}
