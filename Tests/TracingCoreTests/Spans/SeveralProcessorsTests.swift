import TestSupport
import Testing
import TracingCore

/// A destination that stands still takes no time from the others.
@Suite struct SeveralProcessorsTests {
    private let stuck = GatedSpanExporter(isOpen: false)
    private let other = GatedSpanExporter(isOpen: true)
    private let provider: TracerProvider

    init() {
        var configuration = BatchSpanProcessor.Configuration()
        configuration.scheduleDelay = .seconds(600)
        provider = TracerProvider(
            processors: [stuck, other].map { BatchSpanProcessor(exporter: $0, configuration: configuration) })
        TracingBackend.core(provider).startSpan("span").end()
    }

    @Test func aFlushReachesAllAtOnce() async throws {
        async let isFlushed = provider.forceFlush(timeout: .seconds(600))
        await stuck.hasEntered(1)
        await other.hasEntered(1)
        stuck.open()
        #expect(await isFlushed)
        #expect(stuck.exportedCount == 1 && other.exportedCount == 1)
        await provider.shutdown(timeout: .seconds(600))
    }

    @Test func aFlushOfOneThatStandsStillFails() async throws {
        #expect(await provider.forceFlush(timeout: .milliseconds(50)) == false)
        await other.hasEntered(1)
        stuck.open()
        #expect(await provider.shutdown(timeout: .seconds(600)))
    }

    @Test func theEndReachesAllAtOnce() async throws {
        async let isShutDown = provider.shutdown(timeout: .seconds(600))
        try await eventually("the other one is shut down") { other.hasShutDown }
        #expect(other.exportedCount == 1 && !stuck.hasShutDown)
        stuck.open()
        #expect(await isShutDown)
        #expect(stuck.hasShutDown && provider.lostSpans.isEmpty)
    }
}
