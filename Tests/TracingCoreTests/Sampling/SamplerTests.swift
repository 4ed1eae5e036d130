import TestSupport
import Testing
import TracingCore

/// A sampler's parameters for a root with the given 56 bits of randomness.
func root(_ randomness: UInt64 = 0, links: SpanLinks = .none) -> SamplingParameters {
    SamplingParameters(traceID: TraceID(high: 1, low: randomness | 0xAB00_0000_0000_0000), name: "n", links: links)
}

/// A context as a link or a parent has it.
func context(
    _ number: UInt64, sampled: Bool, remote: Bool = true, traceState: TraceState = TraceState()
) -> SpanContext {
    SpanContext(
        traceID: TraceID(high: 9, low: number), spanID: SpanID(number), traceFlags: sampled ? .sampled : [],
        traceState: traceState, isRemote: remote)
}

@Suite struct SamplerTests {
    @Test func alwaysOnAndOffAreConstant() {
        #expect(Sampler.alwaysOn.shouldSample(root()) == SamplingResult(.recordAndSample))
        #expect(Sampler.alwaysOff.shouldSample(root()) == SamplingResult(.drop))
        #expect("\(Sampler.alwaysOn) \(Sampler.alwaysOff)" == "AlwaysOnSampler AlwaysOffSampler")
    }

    static let delegates: [(parent: SpanContext?, name: String)] = [
        (nil, "root"), (.invalid, "root"),
        (context(1, sampled: true, remote: true), "remoteSampled"),
        (context(1, sampled: false, remote: true), "remoteNotSampled"),
        (context(1, sampled: true, remote: false), "localSampled"),
        (context(1, sampled: false, remote: false), "localNotSampled"),
    ]

    @Test(arguments: delegates) func parentBasedAsksTheDelegate(parent: SpanContext?, name: String) {
        func says(_ name: String) -> Sampler {
            .custom(FixedRule(SamplingResult(.recordOnly, attributes: ["delegate": .string(name)])))
        }
        let sampler = Sampler.parentBased(
            root: says("root"), remoteParentSampled: says("remoteSampled"),
            remoteParentNotSampled: says("remoteNotSampled"), localParentSampled: says("localSampled"),
            localParentNotSampled: says("localNotSampled"))
        var parameters = root(links: SpanLinks(context(2, sampled: true)))
        parameters.parent = parent
        #expect(sampler.shouldSample(parameters).attributes == ["delegate": .string(name)])
    }

    @Test(arguments: delegates.dropFirst(2)) func parentBasedDoesAsTheParentDid(parent: SpanContext?, name: String) {
        let sampler = Sampler.parentBased(root: .alwaysOff)
        var parameters = root()
        parameters.parent = parent
        let expected: SamplingResult.Decision = parent?.isSampled == true ? .recordAndSample : .drop
        #expect(sampler.shouldSample(parameters).decision == expected)
    }

    /// The lower seven bytes decide: kept from (1 − p)·2⁵⁶ on.
    static let thresholds: [(ratio: Double, lowest: UInt64)] = [
        (1, 0), (0.5, 0x80_0000_0000_0000), (0.25, 0xC0_0000_0000_0000), (0.01, 0xFD_70A0_0000_0000),
        (0.75, 0x40_0000_0000_0000), (2, 0), (1e-20, 0xFF_FFFF_FFFF_FFFF),
    ]

    @Test(arguments: thresholds) func aRatioIsAThreshold(ratio: Double, lowest: UInt64) {
        let sampler = Sampler.traceIDRatio(ratio)
        #expect(sampler.shouldSample(root(lowest)).decision == .recordAndSample)
        #expect(sampler.shouldSample(root(0xFF_FFFF_FFFF_FFFF)).decision == .recordAndSample)
        if lowest > 0 { #expect(sampler.shouldSample(root(lowest - 1)).decision == .drop) }
    }

    @Test(arguments: [0, -1, Double.nan, -Double.infinity]) func aRatioOfNothingKeepsNothing(ratio: Double) {
        #expect(Sampler.traceIDRatio(ratio).shouldSample(root(0xFF_FFFF_FFFF_FFFF)).decision == .drop)
        let consistent = Sampler.consistentProbability(ratio).shouldSample(root(0xFF_FFFF_FFFF_FFFF))
        #expect(consistent.decision == .drop && consistent.traceState?.isEmpty == true)
    }

    @Test(arguments: [0.001, 0.1, 0.5, 0.9]) func aRatioKeepsItsShareOfRandomTraces(ratio: Double) {
        let ids = SeededIDSource(seed: 42)
        let sampler = Sampler.traceIDRatio(ratio)
        let count = 100_000
        let kept = (0..<count).count { _ in
            sampler.shouldSample(SamplingParameters(traceID: ids.traceID(), name: "n")).decision != .drop
        }
        // Five standard deviations of a binomial distribution; the seed is fixed.
        let spread = 5 * (Double(count) * ratio * (1 - ratio)).squareRoot()
        #expect(abs(Double(kept) - ratio * Double(count)) < spread)
    }
}

@Suite struct LinkBasedSamplerTests {
    static let sampled = context(1, sampled: true)
    static let unsampled = context(2, sampled: false)
    static let local = context(3, sampled: true, remote: false)
    /// Its flag says sampled, but it points nowhere.
    static let broken = SpanContext(traceID: .invalid, spanID: SpanID(1), traceFlags: .sampled)

    enum Asked: String, Sendable { case links, notEnough, noLinks }

    static let cases: [(Sampler.LinkedShare, [SpanContext], Asked)] = [
        (.any, [], .noLinks), (.all, [], .noLinks), (.share(0.5), [], .noLinks), (.share(0), [], .noLinks),
        (.any, [broken], .noLinks), (.all, [broken], .noLinks),
        (.any, [sampled], .links), (.any, [local], .links), (.any, [unsampled], .notEnough),
        (.any, [unsampled, unsampled, sampled], .links), (.any, [broken, unsampled], .notEnough),
        (.all, [sampled, local], .links), (.all, [sampled, unsampled], .notEnough), (.all, [unsampled], .notEnough),
        (.all, [sampled, broken], .links),
        (.share(0.5), [sampled, unsampled], .links), (.share(0.5), [sampled, unsampled, unsampled], .notEnough),
        (.share(0.5), [sampled, unsampled, broken], .links), (.share(1), [sampled, unsampled], .notEnough),
        (.share(1), [sampled, sampled], .links), (.share(0), [unsampled], .notEnough),
        (.share(.nan), [sampled], .notEnough), (.share(2), [sampled], .notEnough),
    ]

    @Test(arguments: cases) func theLinksDecide(share: Sampler.LinkedShare, links: [SpanContext], asked: Asked) {
        let sampler = Sampler.linkBased(
            share,
            whenNoneIsSampled: .custom(FixedRule(SamplingResult(.recordOnly, attributes: ["asked": "notEnough"]))),
            whenThereAreNone: .custom(FixedRule(SamplingResult(.drop, attributes: ["asked": "noLinks"]))))
        let result = sampler.shouldSample(root(links: SpanLinks(links.map { TraceSpan.Link($0) })))
        if asked == .links {
            #expect(result == SamplingResult(.recordAndSample))
        } else {
            #expect(result.attributes == ["asked": .string(asked.rawValue)])
        }
    }

    @Test func byDefaultUnsampledLinksDropAndNoLinksRecord() {
        let sampler = Sampler.linkBased()
        #expect(sampler.shouldSample(root()).decision == .recordAndSample)
        #expect(sampler.shouldSample(root(links: SpanLinks(Self.unsampled))).decision == .drop)
        #expect(sampler.shouldSample(root(links: SpanLinks(Self.sampled))).decision == .recordAndSample)
    }

    @Test func itDecidesForRootsUnderParentBased() {
        let tracing = MemoryTracing(sampler: .parentBased(root: .linkBased()))
        let dropped = tracing.backend.startSpan("dropped", links: SpanLinks(Self.unsampled))
        #expect(!dropped.context.isSampled)
        let kept = tracing.backend.startSpan("kept", links: SpanLinks(NumberLinks(0...2)))
        #expect(!kept.context.isSampled)
        let child = tracing.backend.startSpan("child", parent: .span(Self.sampled), links: SpanLinks(Self.unsampled))
        #expect(child.context.isSampled)
    }
}

@Suite struct ConsistentProbabilitySamplerTests {
    static let texts: [(Double, String)] = [
        (1, "th:0"), (0.5, "th:8"), (0.25, "th:c"), (0.01, "th:fd70a"), (0.1, "th:e666"), (0.001, "th:ffbe77"),
    ]

    @Test(arguments: texts) func theThresholdStandsInTheTraceState(probability: Double, text: String) {
        let result = Sampler.consistentProbability(probability).shouldSample(root(0xFF_FFFF_FFFF_FFFF))
        #expect(result.decision == .recordAndSample)
        #expect(result.traceState?["ot"] == text)
    }

    @Test func aDropRemovesTheThresholdAndKeepsTheRest() throws {
        var parent = context(
            1, sampled: true, traceState: try #require(TraceState(parsing: "ot=th:8;rv:00000000000001,v=1")))
        parent.traceFlags = .sampled
        var parameters = root()
        parameters.parent = parent
        let result = Sampler.consistentProbability(0.5).shouldSample(parameters)
        #expect(result.decision == .drop)
        #expect(result.traceState?["ot"] == "rv:00000000000001" && result.traceState?["v"] == "1")
    }

    @Test func explicitRandomnessBeatsTheTraceID() throws {
        var parameters = root(0)
        parameters.parent = context(
            1, sampled: false, traceState: try #require(TraceState(parsing: "ot=rv:ffffffffffffff")))
        let kept = Sampler.consistentProbability(0.01).shouldSample(parameters)
        #expect(kept.decision == .recordAndSample)
        #expect(kept.traceState?["ot"] == "th:fd70a;rv:ffffffffffffff")
    }

    @Test func theLargestRandomnessOfTheLinksBecomesTheTraces() throws {
        let explicit = try #require(TraceState(parsing: "ot=rv:f0000000000000"))
        let links = SpanLinks([
            TraceSpan.Link(context(0x10, sampled: false)), TraceSpan.Link(.invalid, attributes: ["a": 1]),
            TraceSpan.Link(context(0x20, sampled: true, traceState: explicit)),
        ])
        let result = Sampler.consistentProbability(0.25, randomness: .links).shouldSample(root(0, links: links))
        #expect(result.decision == .recordAndSample)
        #expect(result.traceState?["ot"] == "th:c;rv:f0000000000000")
        let own = Sampler.consistentProbability(0.25).shouldSample(root(0, links: links))
        #expect(own.decision == .drop && own.traceState?.isEmpty == true)
    }

    @Test func onlyARootTakesTheLinksRandomness() throws {
        var parameters = root(0, links: SpanLinks(context(0xFF_FFFF_FFFF_FFFF, sampled: true)))
        parameters.parent = context(1, sampled: true)
        #expect(Sampler.consistentProbability(0.5, randomness: .links).shouldSample(parameters).decision == .drop)
        parameters.parent = nil
        parameters.links = .none
        #expect(Sampler.consistentProbability(0.5, randomness: .links).shouldSample(parameters).decision == .drop)
    }

    @Test func aBatchIsKeptWheneverOneOfItsProducersWas() {
        let ids = SeededIDSource(seed: 7)
        let producers = Sampler.consistentProbability(0.1)
        let consumer = Sampler.consistentProbability(0.1, randomness: .links)
        var keptBatches = 0
        for size in 1...200 {
            var anyKept = false
            let links = (0..<(size % 12 + 1)).map { _ in
                let id = ids.traceID()
                let result = producers.shouldSample(SamplingParameters(traceID: id, name: "send"))
                anyKept = anyKept || result.decision != .drop
                return TraceSpan.Link(
                    SpanContext(traceID: id, spanID: ids.spanID(), traceState: result.traceState ?? TraceState()))
            }
            let batch = consumer.shouldSample(
                SamplingParameters(traceID: ids.traceID(), name: "process", links: SpanLinks(links)))
            #expect((batch.decision != .drop) == anyKept)
            keptBatches += batch.decision != .drop ? 1 : 0
        }
        #expect((20..<180).contains(keptBatches))
    }

    @Test func childrenInheritTheDecisionsTraceState() {
        let tracing = MemoryTracing(sampler: .parentBased(root: .consistentProbability(1)))
        let parent = tracing.backend.startSpan("root")
        let child = parent.withActive { tracing.backend.startSpan("child") }
        #expect(parent.context.traceState["ot"] == "th:0" && child.context.traceState == parent.context.traceState)
    }
}
