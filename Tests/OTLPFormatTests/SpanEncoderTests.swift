import TestSupport
import Testing
import TracingCore

@testable import OTLPFormat

/// A span encoded where it ends gives the bytes of the same span as an object.
@Suite struct SpanEncoderTests {
    private func bytes(_ span: borrowing EndedSpan, _ encoder: some SpanEncoder) -> [UInt8] {
        var size = 16
        while true {
            var memory = [UInt8](repeating: 0xAA, count: size)
            let needed = memory.withUnsafeMutableBytes { encoder.encode(span, into: $0) }
            if needed <= size { return Array(memory[..<needed]) }
            size = needed
        }
    }

    private func group(_ data: SpanData, _ spans: [UnsafeRawBufferPointer]) -> EncodedSpans {
        EncodedSpans(groups: [EncodedSpans.Group(resource: data.resource, scope: data.scope, spans: spans)])
    }

    private func request(_ encoded: [[UInt8]], _ write: ([UnsafeRawBufferPointer]) -> [UInt8]) -> [UInt8] {
        func next(_ index: Int, _ spans: [UnsafeRawBufferPointer]) -> [UInt8] {
            index == encoded.count ? write(spans) : encoded[index].withUnsafeBytes { next(index + 1, spans + [$0]) }
        }
        return next(0, [])
    }

    @Test(arguments: 1...20) func encodedSpansMakeTheRequestOfTheirObjects(seed: UInt64) {
        var spans = EndedSpans(seed: seed)
        var (protobuf, json, data) = ([[UInt8]](), [[UInt8]](), [SpanData]())
        func add(_ span: borrowing EndedSpan, _ object: SpanData) {
            protobuf.append(bytes(span, ProtobufSpanEncoder()))
            json.append(bytes(span, JSONSpanEncoder()))
            data.append(object)
        }
        for _ in 0..<10 {
            spans.withPackedSpan(add)
            spans.withSharedSpan(add)
        }
        let protobufRequest = request(protobuf) { spans in
            EncodedBytes.make { OTLPRequest.writeProtobuf(group(data[0], spans), into: $0) }
        }
        #expect(protobufRequest == encoded(data))
        let jsonRequest = request(json) { spans in
            EncodedBytes.make { OTLPRequest.writeJSONLine(group(data[0], spans), into: $0) }
        }
        #expect(jsonRequest == encodedJSON(data))
    }

    @Test func groupsStandUnderTheirResourceAndScope() throws {
        var random = RandomTelemetry(seed: 12)
        let data = random.spans(60)
        let protobuf = data.map { bytes(EndedSpan($0), ProtobufSpanEncoder()) }
        let made = request(protobuf) { spans in
            var groups: [EncodedSpans.Group] = []
            for (span, encoded) in zip(data, spans) {
                let isSame = { (group: EncodedSpans.Group) in
                    group.resource == span.resource && group.scope == span.scope
                }
                if let index = groups.firstIndex(where: isSame) {
                    groups[index].spans.append(encoded)
                } else {
                    groups.append(EncodedSpans.Group(resource: span.resource, scope: span.scope, spans: [encoded]))
                }
            }
            return EncodedBytes.make { OTLPRequest.writeProtobuf(EncodedSpans(groups: groups), into: $0) }
        }
        #expect(made == encoded(data))
    }

    /// Forms are made on first use, by whichever threads come first.
    @Test func threadsThatEncodeFirstAtOnceWriteTheSameBytes() async {
        for round in 0..<20 {
            let template = SpanTemplate(
                name: "round \(round)", attributes: AttributeSet(["messaging.system": "kafka", "round": .int(round)]),
                scope: InstrumentationScope(name: "kafka"))
            let key = AttributeKey.named("round.\(round)")
            let results = await withTaskGroup(of: [[UInt8]].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        AttributeFacts.withList { facts in
                            facts.append(key, 1 as Int64)
                            let time = Timestamp(nanosecondsSinceEpoch: 1)
                            let context = SpanContext(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1))
                            var span = EndedSpan(
                                template, context: context, parent: nil, kind: .producer, startTime: time,
                                endTime: time)
                            span.facts = facts.elements
                            return [bytes(span, ProtobufSpanEncoder()), bytes(span, JSONSpanEncoder())]
                        }
                    }
                }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(results.count == 1)
        }
    }

    @Test func limitsOfLinkAttributesHoldForPackedLinks() throws {
        let links = NumberedLinks(count: 4)
        var limits = SpanLimits()
        limits.attributesPerLink = 1
        let context = SpanContext(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1))
        let time = Timestamp(nanosecondsSinceEpoch: 1)
        var span = EndedSpan(
            name: "limited", context: context, parent: nil, kind: .consumer, startTime: time, endTime: time,
            sharedAttributes: nil)
        span.links = SpanLinks(links as any FactLinks)
        span.limits = limits
        let message = try ProtobufMessage(bytes(span, ProtobufSpanEncoder()))
        let written = try message.messages(13)
        #expect(written.count == 3)
        for link in written {
            #expect(try link.messages(4).count == 1)
        }
        #expect(try written.map { try $0.varint(5) } == [1, 1, 3])
    }

    @Test(arguments: 1...3) func sizeIsExactIfTheMemoryIsFull(seed: UInt64) {
        var spans = EndedSpans(seed: seed)
        spans.withPackedSpan { span, _ in
            check(span, ProtobufSpanEncoder())
            check(span, JSONSpanEncoder())
        }
        spans.withSharedSpan { span, _ in
            check(span, ProtobufSpanEncoder())
            check(span, JSONSpanEncoder())
        }
    }

    /// Encodes into memory of every size up to the one needed; of a long span, of some sizes in its midst.
    private func check(_ span: borrowing EndedSpan, _ encoder: some SpanEncoder) {
        let whole = bytes(span, encoder)
        var memory = [UInt8](repeating: 0xAA, count: whole.count + 16)
        let inner = Array(stride(from: 400, to: whole.count - 400, by: 61))
        let capacities =
            whole.count < 1_000
            ? Array(0...whole.count) : Array(0...400) + inner + Array((whole.count - 400)...whole.count)
        for capacity in capacities {
            let (size, isIntact) = memory.withUnsafeMutableBytes { memory in
                _ = memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
                let size = encoder.encode(span, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity]))
                return (size, memory[capacity...].prefix(64).allSatisfy { $0 == 0xAA })
            }
            guard size == whole.count, isIntact else {
                Issue.record("\(type(of: encoder)) says \(size) of \(whole.count) in \(capacity) bytes")
                return
            }
        }
        #expect(memory[..<whole.count].elementsEqual(whole))
    }
}
