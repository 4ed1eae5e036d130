internal import Foundation
internal import OTLPFormat
public import TracingCore

/// A tracer whose spans end up in a file of OTLP JSON lines, read back for comparison.
public final class FileTracing: Sendable {
    public let backend: TracingBackend
    public let metrics = InMemoryMetricReader()
    private let provider: TracerProvider
    private let file: URL

    public init(sampler: Sampler = .parentBased(root: .alwaysOn), path: SpanPath = .current) {
        file = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
        let exporter = JSONLinesSpanExporter(path: file.path)
        let processor: any SpanProcessor =
            switch path {
            case .bytes: EncodingSpanProcessor(exporter: exporter)
            case .objects: SimpleSpanProcessor(exporter: exporter)
            }
        provider = TracerProvider(
            processors: [processor], sampler: sampler,
            meterProvider: MeterProvider(readers: [metrics]))
        backend = .core(provider)
    }

    deinit { try? FileManager.default.removeItem(at: file) }

    /// The spans that have ended so far.
    public func spans() throws -> [ExportedSpan] { try ExportedSpan.read(file) }
}
