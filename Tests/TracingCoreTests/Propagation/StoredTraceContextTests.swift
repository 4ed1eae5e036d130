import Foundation
import Testing
import TracingCore

@Suite struct StoredTraceContextTests {
    private func json(_ value: StoredTraceContext) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func itIsAnObjectOfTheHeadersNames() throws {
        var context = validContext
        context.traceState.set("a", "1")
        let stored = StoredTraceContext(context, baggage: Baggage(header: "k=v"))
        let text = try json(stored)
        #expect(text == #"{"baggage":"k=v","traceparent":"\#(validTraceParent)","tracestate":"a=1"}"#)
        let again = try JSONDecoder().decode(StoredTraceContext.self, from: Data(text.utf8))
        #expect(again == stored)
        #expect(again.spanContext == context)
        #expect(again.storedBaggage?["k"] == "v")
    }

    @Test func whatIsAbsentIsLeftOut() throws {
        let text = try json(StoredTraceContext(validContext, baggage: Baggage()))
        #expect(text == #"{"traceparent":"\#(validTraceParent)"}"#)
    }

    @Test func aLocalContextReadsAsRemote() {
        var local = validContext
        local.isRemote = false
        #expect(StoredTraceContext(local).spanContext == validContext)
    }

    @Test func invalidStringsDecodeAndMeanNothing() throws {
        let text = #"{"traceparent":"x","tracestate":"=","baggage":"?"}"#
        let stored = try JSONDecoder().decode(StoredTraceContext.self, from: Data(text.utf8))
        #expect(stored.spanContext == nil)
        #expect(stored.storedBaggage == nil)
        #expect(StoredTraceContext(.invalid).spanContext == nil)
        #expect(StoredTraceContext(traceparent: validTraceParent, tracestate: "=").spanContext == validContext)
    }
}
