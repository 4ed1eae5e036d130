public import TracingCore

extension Telemetry {
    /// Runs `body` inside a new span, which is active meanwhile and ends with it; as
    /// ``TracingBackend/withSpan(_:kind:parent:attributes:links:linkLimit:scope:isolation:_:)``.
    ///
    /// A backend of the task tree comes first, as in tests.
    public func withSpan<Result>(
        _ name: String, kind: TraceSpan.Kind = .internal, parent: SpanParent = .active,
        attributes: Attributes = Attributes(), links: SpanLinks = .none, linkLimit: Int? = nil,
        scope: InstrumentationScope = .application, isolation: isolated (any Actor)? = #isolation,
        _ body: (TraceSpan) async throws -> Result
    ) async rethrows -> Result {
        try await TracingBackend.resolve(backend, in: .current).withSpan(
            name, kind: kind, parent: parent, attributes: attributes, links: links, linkLimit: linkLimit, scope: scope,
            isolation: isolation, body)
    }

    /// Runs `body` inside a span that links to everything whose context was stored earlier; as
    /// ``TracingBackend/withSpan(_:kind:linkedTo:maxLinks:attributes:scope:isolation:_:)``.
    public func withSpan<Result>(
        _ name: String, kind: TraceSpan.Kind = .internal, linkedTo stored: some Sequence<StoredTraceContext>,
        maxLinks: Int = 10_000, attributes: Attributes = Attributes(), scope: InstrumentationScope = .application,
        isolation: isolated (any Actor)? = #isolation, _ body: (TraceSpan) async throws -> Result
    ) async rethrows -> Result {
        try await TracingBackend.resolve(backend, in: .current).withSpan(
            name, kind: kind, linkedTo: stored, maxLinks: maxLinks, attributes: attributes, scope: scope,
            isolation: isolation, body)
    }
}

/// Runs a script with telemetry, and exports all of it at the end, whether `body` returns or throws. Where it goes is as
/// with ``Telemetry/init(service:environment:)``.
///
/// The body runs in the caller's isolation.
/// - Throws: ``TelemetryError``, and what `body` throws.
public func withTelemetry<Result>(
    service: String, environment: [String: String] = Telemetry.processEnvironment,
    isolation: isolated (any Actor)? = #isolation, _ body: (Telemetry) async throws -> Result
) async throws -> Result {
    try await withTelemetry(
        configuration: .otlp(serviceName: service), environment: environment, isolation: isolation, body)
}

/// Runs a script with telemetry by `configuration`, and exports all of it at the end, whether `body` returns or throws.
public func withTelemetry<Result>(
    configuration: Telemetry.Configuration, environment: [String: String] = Telemetry.processEnvironment,
    isolation: isolated (any Actor)? = #isolation, _ body: (Telemetry) async throws -> Result
) async throws -> Result {
    let telemetry = try Telemetry(configuration: configuration, environment: environment)
    do {
        let result = try await body(telemetry)
        await telemetry.shutdown(timeout: telemetry.configuration.shutdownTimeout)
        return result
    } catch {
        await telemetry.shutdown(timeout: telemetry.configuration.shutdownTimeout)
        throw error
    }
}
