import Testing

@testable import TracingCore

@Suite struct EnvironmentCarrierTests {
    private let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func context(_ environment: [String: String]) -> ActiveContext {
        ActiveContext.none.with { environment[$0] }
    }

    @Test func variablesBecomeRemoteParentAndBaggage() {
        let context = context(["TRACEPARENT": traceparent, "TRACESTATE": "a=1", "BAGGAGE": "k=v"])
        #expect(context.spanContext.map(TraceParent.string) == traceparent)
        #expect(context.spanContext?.isRemote == true && context.spanContext?.traceState.headerValue == "a=1")
        #expect(context.baggage.headerValue == "k=v")
    }

    @Test(arguments: [
        [:], ["TRACEPARENT": "garbage"], ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    ])
    func withoutValidVariableNothingIsActive(environment: [String: String]) {
        #expect(context(environment).spanContext == nil)
    }

    @Test func childProcessReadsTheSameContext() {
        let parent = context(["TRACEPARENT": traceparent, "BAGGAGE": "k=v"])
        #expect(parent.environmentVariables == ["TRACEPARENT": traceparent, "BAGGAGE": "k=v"])
        #expect(ActiveContext.none.environmentVariables.isEmpty)
    }
}
