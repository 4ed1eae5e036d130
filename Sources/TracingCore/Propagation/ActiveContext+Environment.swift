import SpanlinkRuntime

/// The environment of a process as a carrier of context (OpenTelemetry, "Environment variables as context propagation
/// carriers"): `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`.
extension ActiveContext {
    /// The context that started this process, say a job of a scheduler or a step of a build:
    ///
    ///     try await ActiveContext.fromEnvironment().withActive { … }
    ///
    /// - Returns: The present context with the remote span and the baggage of the variables on top; the present context if
    ///   they hold none. Names are upper-case, as on every system.
    public static func fromEnvironment() -> ActiveContext {
        current.with { name in getenv(name).map { String(cString: $0) } }
    }

    /// This context with the span and the baggage that the variables hold on top.
    func with(variable: (_ name: String) -> String?) -> ActiveContext {
        let headers = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"].compactMap { name in
            variable(name).map { (name.lowercased(), $0) }
        }
        let extracted = TextMapPropagator().extract(headers)
        var context = self
        if let span = extracted.context { context = context.with(span: TraceSpan(propagating: span)) }
        if !extracted.baggage.isEmpty { context = context.with(baggage: extracted.baggage) }
        return context
    }

    /// The variables to add to the environment of a child process, so that its spans join this context. Empty without a span
    /// and baggage.
    public var environmentVariables: [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in TextMapPropagator().inject(spanContext, baggage) {
            variables[name.uppercased()] = value
        }
        return variables
    }
}
