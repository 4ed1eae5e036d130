import TestSupport
import Testing
import TracingCore

@Suite struct IDTests {
    @Test func idsReadAndWriteHexadecimalDigits() {
        let trace = TraceID("0af7651916cd43dd8448eb211c80319c")
        #expect(trace == validContext.traceID)
        #expect(trace?.hexString == "0af7651916cd43dd8448eb211c80319c")
        #expect(SpanID("b7ad6b7169203331") == validContext.spanID)
        #expect("\(validContext.spanID)" == "b7ad6b7169203331")
        #expect(SpanID("xb7ad6b7169203331".dropFirst()) == validContext.spanID)
        #expect(SpanID(0).hexString == "0000000000000000")
        #expect(TraceID("00000000000000000000000000000000") == .invalid)
    }

    @Test(arguments: [
        "", "b7ad6b716920333", "b7ad6b71692033311", "B7ad6b7169203331", "b7ad6b716920333g", "é7ad6b71692033",
    ])
    func otherTextIsNoID(text: String) {
        #expect(SpanID(text) == nil)
        #expect(TraceID(text + text) == nil)
    }

    @Test func oneIDMakesNoValidContext() {
        #expect(!TraceID.invalid.isValid && !SpanID.invalid.isValid && !SpanContext.invalid.isValid)
        #expect(TraceID(high: 1, low: 0).isValid && TraceID(high: 0, low: 1).isValid)
        #expect(!SpanContext(traceID: TraceID(high: 0, low: 1), spanID: .invalid).isValid)
        #expect(!SpanContext(traceID: .invalid, spanID: SpanID(1)).isValid)
        #expect(!SpanContext.invalid.isSampled && validContext.isSampled)
    }

    @Test func everyNumberReadsBack() {
        var random = SplitMix(seed: 2)
        for shift in 0..<64 {
            for value in [1 << UInt64(shift), ~(1 << UInt64(shift)), random.next()] {
                let id = SpanID(value)
                #expect(SpanID(id.hexString) == id)
                #expect(UInt64(id.hexString, radix: 16) == value)
            }
        }
    }
}

@Suite struct IDGeneratorTests {
    @Test func idsOfManyThreadsAreValidAndAllDifferent() async {
        let each = 20_000
        let (traces, spans) = await withTaskGroup(of: ([TraceID], [SpanID]).self) { group in
            for _ in 0..<4 {
                group.addTask {
                    ((0..<each).map { _ in IDGenerator.traceID() }, (0..<each).map { _ in IDGenerator.spanID() })
                }
            }
            return await group.reduce(into: ([TraceID](), [SpanID]())) {
                $0.0 += $1.0
                $0.1 += $1.1
            }
        }
        #expect(traces.allSatisfy(\.isValid) && spans.allSatisfy(\.isValid))
        #expect(Set(traces).count == 4 * each)
        #expect(Set(spans).count == 4 * each)
    }

    @Test func everyBitIsUsed() {
        var (ones, zeros) = (UInt64.max, UInt64.max)
        for _ in 0..<200 {
            let id = IDGenerator.traceID()
            ones &= id.high & id.low
            zeros &= ~(id.high | id.low)
        }
        #expect(ones == 0 && zeros == 0)
    }
}
