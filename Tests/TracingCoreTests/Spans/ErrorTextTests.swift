import TestSupport
import Testing

@testable import TracingCore

/// The text of an error may hold a payload, and the name of a private type an address.
@Suite struct ErrorTextTests {
    private struct PrivateFailure: Error, CustomStringConvertible {
        var description: String { "card 4111" }
    }

    private func span(recordsErrorText: Bool) async -> SpanData {
        let memory = InMemorySpanExporter()
        let provider = TracerProvider(
            processors: [SimpleSpanProcessor(exporter: memory)], recordsErrorText: recordsErrorText)
        try? await TracingBackend.core(provider).withSpan("work") { _ in throw PrivateFailure() }
        return memory.finishedSpans[0]
    }

    @Test func textIsLeftOutByDefault() async {
        let span = await span(recordsErrorText: false)
        #expect(span.status == .error("TracingCoreTests.ErrorTextTests.PrivateFailure"))
        #expect(span.events[0].attributes == ["exception.type": "TracingCoreTests.ErrorTextTests.PrivateFailure"])
    }

    @Test func textIsRecordedByOption() async {
        let span = await span(recordsErrorText: true)
        #expect(span.status == .error("card 4111"))
        #expect(span.events[0].attributes["exception.message"] == "card 4111")
    }

    @Test(arguments: [
        ("Module.(unknown context at $7f00ab12).Failure", "Module.Failure"),
        ("Box<M.(unknown context at $1).(unknown context at $2).A, B.C>", "Box<M.A, B.C>"),
        ("Module.Failure", "Module.Failure"),
    ])
    func addressesAreLeftOutOfNames(name: String, stable: String) {
        #expect(ErrorTypeName.stable(name) == stable)
    }
}
