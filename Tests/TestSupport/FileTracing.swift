internal import Foundation
internal import OTLPFormat
public import TracingCore

/// A tracer whose spans end up in a file of OTLP JSON lines, read back for comparison.
public final class FileTracing: Sendable {
    public let backend: TracingBackend
    public let metrics = InMemoryMetricReader()
    private let provider: TracerProvider
    private let file: URL

    public init(sampler: Sampler = .parentBased(root: .alwaysOn)) {
        file = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
        provider = TracerProvider(
            processors: [SimpleSpanProcessor(exporter: JSONLinesSpanExporter(path: file.path))], sampler: sampler,
            meterProvider: MeterProvider(readers: [metrics]))
        backend = .core(provider)
    }

    deinit { try? FileManager.default.removeItem(at: file) }

    /// The spans that have ended so far.
    public func spans() throws -> [ExportedSpan] { try ExportedSpan.read(file) }
}
