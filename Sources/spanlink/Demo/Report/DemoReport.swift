import TraceReport
import TracingCore

/// What is shown at the end: how messages fanned in, one request on its way, and the counts, which are checked.
struct DemoReport {
    private let index: SpanIndex
    private let summary: DemoSummary
    private let problems: [String]
    private let options: DemoOptions
    private let otlpEndpoint: String?

    init(_ demo: Demo, _ rabbitmq: DemoRabbitMQ.Search) {
        options = demo.options
        otlpEndpoint = demo.telemetry.otlpEndpoint
        index = SpanIndex(demo.telemetry.exported.finishedSpans)
        summary = DemoSummary(
            requests: options.requests,
            consumers: ["settlement", "audit"] + (rabbitmq.broker == nil ? [] : ["payout"]),
            index: index, droppedSpans: demo.telemetry.droppedSpans)
        var problems = summary.problems(allAreRecorded: options.linkSampling == .always)
        if case .unusable(let reason) = rabbitmq { problems.append("the AMQP half is not shown: \(reason)") }
        self.problems = problems
    }

    /// - Throws: ``DemoFailure`` when the demo did not show what it should.
    func show() throws {
        if options.isJSON { print(summary.json(problems: problems)) } else { showPicture() }
        if !problems.isEmpty { throw DemoFailure(problems: problems) }
    }

    private func showPicture() {
        let report = TerminalReport(index, isColored: Console.isTerminal)
        print("\nHow the messages fanned in\n")
        print(report.fanIns(limit: 4))
        if let request = index.spans.last(where: { $0.kind == .server }) {
            print("\nOne request, walked forward through the links\n")
            print(report.walk(from: request))
        }
        print("\n\(summary.text)")
        if let otlpEndpoint, summary.droppedSpans == 0 { print("  all spans sent to \(otlpEndpoint)") }
        if problems.isEmpty {
            print("Checked: no message without its link, no link to a recorded span that is missing.")
        }
    }
}

/// The demo did not show what it should.
struct DemoFailure: Error, CustomStringConvertible {
    let problems: [String]
    var description: String { problems.joined(separator: "; ") }
}
