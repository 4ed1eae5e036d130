import BenchmarkSupport
import CPostBaseline
import Foundation
import OTLPExporter
import TracingCore

/// Threads that end spans at full rate into a local sink over HTTP, beside C that posts prepared bodies to the same sink.
struct ThroughputMeasurement {
    private let sink: pid_t
    private let port: UInt16

    /// The sink starts before the process has a second thread. `nil` if it cannot be started.
    init?() {
        var sink = pid_t()
        port = baseline_sink_start(&sink)
        guard port != 0 else { return nil }
        self.sink = sink
    }

    func stop() { baseline_sink_stop(sink) }

    /// Spans a second that plain C posts, in bodies of 512 spans of 346 bytes.
    func postsOfC(seconds: Double) -> Double {
        let body = [UInt8](repeating: 1, count: 512 * 346)
        let warmUp = body.withUnsafeBytes { baseline_post(port, $0.baseAddress, $0.count, 200) }
        let count = max(200, Int(200 / warmUp * seconds))
        let elapsed = body.withUnsafeBytes { baseline_post(port, $0.baseAddress, $0.count, count) }
        return Double(count * 512) / elapsed
    }

    /// One line: the rate of `threads` threads that end `spans` spans each as fast as they can.
    func line(threads: Int, spans: Int, c: Double) throws -> String {
        var configuration = OTLPConfiguration.localTraces
        configuration.endpoint = "http://127.0.0.1:\(port)/v1/traces"
        let exporter = try OTLPSpanExporter(configuration: configuration, logSink: NoLogSink())
        let processor = BatchSpanProcessor(exporter: exporter, logSink: NoLogSink())
        let provider = TracerProvider(resource: Workload.resource, processors: [processor], logSink: NoLogSink())
        let backend = TracingBackend.core(provider)
        let record = TracerMeasurement.sendSpanRecord()

        let start = ContinuousClock.now
        let group = DispatchGroup()
        for _ in 0..<threads {
            group.enter()
            let body = UncheckedBody { for index in 0..<spans { record(backend, index) } }
            Thread {
                body.run()
                group.leave()
            }.start()
        }
        group.wait()
        let isFlushed = DispatchSemaphore(value: 0)
        Task.detached {
            _ = await processor.forceFlush(deadline: .now + .seconds(600))
            isFlushed.signal()
        }
        isFlushed.wait()
        let elapsed = start.duration(to: .now) / .seconds(1)
        let lost = provider.lostSpans.values.reduce(0, +)
        let exported = threads * spans - lost
        return String(
            format: "%d threads   %5.0f k spans/s exported   %.2f of C   %d of %d dropped (%@)", threads,
            Double(exported) / elapsed / 1000, Double(exported) / elapsed / c, lost, threads * spans,
            provider.lostSpans.keys.map(\.rawValue).joined(separator: ", "))
    }
}

/// A body for another thread. `@unchecked`: it captures values that any thread may use.
private struct UncheckedBody: @unchecked Sendable {
    let run: () -> Void
}
