public import TracingCore

/// Headers as tracers of other libraries take them: texts.
@usableFromInline
enum ExternalHeaders {
    @inlinable
    static func extract(_ message: borrowing some TracedMessage, _ tracer: any ExternalTracer) -> ActiveContext? {
        var headers: [(name: String, value: String)] = []
        message.readHeaders { name, value in append(name, value, to: &headers) }
        return headers.isEmpty ? nil : tracer.extract(headers)
    }

    /// What is not text cannot be a tracer's header.
    @usableFromInline
    static func append(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?,
        to headers: inout [(name: String, value: String)]
    ) {
        guard let value, let name = String(validating: name, as: UTF8.self),
            let value = String(validating: value, as: UTF8.self)
        else { return }
        headers.append((name, value))
    }
}
