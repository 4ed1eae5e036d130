internal import MessagingTracing
public import TracingCore

/// Draws how messages fan in, as text for a terminal.
public struct TerminalReport: Sendable {
    private let index: SpanIndex
    private let style: TerminalStyle

    /// A report on the given spans; with `isColored`, ANSI colours are used.
    public init(_ index: SpanIndex, isColored: Bool) {
        self.index = index
        self.style = TerminalStyle(isColored: isColored)
    }

    /// Each batch span with its links, grouped by producer, partition, offsets or delivery tags, and time in queue, in the
    /// order in which they started. Of the batch spans of one name and service at most `limit` are drawn, the largest; the
    /// rest is counted.
    public func fanIns(limit: Int = 8) -> String {
        let all = FanIn.all(in: index)
        let kinds = Dictionary(grouping: all) { [$0.span.name, service($0.span)] }.values
        let drawn = kinds.flatMap { fanIns in
            fanIns.sorted { ($0.messageCount, $1.span.startTime) > ($1.messageCount, $0.span.startTime) }.prefix(limit)
        }
        var lines = drawn.sorted { $0.span.startTime < $1.span.startTime }.flatMap(lines(of:))
        if all.count > drawn.count { lines.append(style.faint("… and \(all.count - drawn.count) more batch spans")) }
        return lines.joined(separator: "\n")
    }

    private func lines(of fanIn: FanIn) -> [String] {
        let span = fanIn.span
        var lines = [
            [
                style.bold(span.name), "\(fanIn.messageCount) messages", "\(span.links.count) links",
                Self.text(span.duration), style.faint("\(service(span)) trace \(short(span))"),
            ].joined(separator: "  ")
        ]
        let isKafka = span.attributes[MessagingAttribute.system] == .string("kafka")
        let groups = fanIn.groups.map { line(of: $0, positions: isKafka ? "offset" : "delivery tag") }
        let notes = [
            span.droppedLinksCount > 0 ? style.alarm("\(span.droppedLinksCount) links dropped") : nil,
            fanIn.resolvedLinks < span.links.count
                ? style.faint("\(span.links.count - fanIn.resolvedLinks) links to spans that were not exported") : nil,
            span.status == .unset ? nil : style.alarm("\(span.status)"),
        ].compactMap(\.self)
        let rows = groups + notes
        for (position, row) in rows.enumerated() { lines.append((position == rows.count - 1 ? "└─ " : "├─ ") + row) }
        return lines
    }

    private func line(of group: FanIn.Group, positions name: String) -> String {
        var parts = ["\(group.count) ⇠ \(group.producer ?? "a span that was not exported")"]
        if let service = group.service { parts.append(service) }
        parts.append(group.traceCount == 1 ? "1 trace" : "\(group.traceCount) traces")
        if let partition = group.partition { parts.append("partition \(partition)") }
        if let positions = group.positions {
            parts.append(
                positions.count == 1
                    ? "\(name) \(positions.lowerBound)" : "\(name)s \(positions.lowerBound)–\(positions.upperBound)")
        }
        if let waited = group.timeInQueue {
            parts.append("in queue \(Self.text(waited))")
        }
        return parts.joined(separator: style.faint(" · "))
    }

    /// One span walked forward: its children, and through links the spans in other traces that handled what it sent.
    ///
    /// Spans of one name, service and place are drawn as one when there are more than three.
    public func walk(from span: SpanData) -> String {
        var seen: Set<SpanID> = [span.context.spanID]
        return walk(Step(spans: [span], links: nil), indentation: "", branch: "", &seen).joined(separator: "\n")
    }

    /// Spans that are drawn as one.
    private struct Step {
        var spans: [SpanData]
        /// How many of their links lead here and how many they have; `nil` for children.
        var links: (followed: Int, all: Int)?
    }

    private func walk(
        _ step: Step, indentation: String, branch: String, _ seen: inout Set<SpanID>
    ) -> [String] {
        let mark = branch.isEmpty ? "" : branch + (step.links == nil ? "─ " : "⇢ ")
        var lines = [indentation + mark + text(of: step)]
        let steps = followers(of: step, &seen)
        let deeper = branch.isEmpty ? indentation : indentation + (branch == "└" ? "   " : "│  ")
        for (position, follower) in steps.enumerated() {
            lines += walk(follower, indentation: deeper, branch: position == steps.count - 1 ? "└" : "├", &seen)
        }
        return lines
    }

    private func text(of step: Step) -> String {
        let span = step.spans[0]
        let durations = step.spans.map { $0.duration / .seconds(1) }
        let name = step.spans.count > 1 ? "\(step.spans.count) × \(span.name)" : span.name
        var text = style.bold(name) + "  " + Self.text(durations.min()!...durations.max()!)
        if let links = step.links, links.all > step.spans.count {
            text += style.faint("  \(links.followed == 1 ? "one" : "\(links.followed)") of \(links.all) links")
        }
        let traces = Set(step.spans.map(\.context.traceID)).count
        return text + style.faint("  \(service(span)) " + (traces == 1 ? "trace \(short(span))" : "\(traces) traces"))
    }

    /// What comes next: children first, then who links here.
    private func followers(of step: Step, _ seen: inout Set<SpanID>) -> [Step] {
        let here = Set(step.spans.map(\.context.spanID))
        let children = step.spans.flatMap(index.children(of:)).filter { seen.insert($0.context.spanID).inserted }
        let linking = step.spans.flatMap(index.linking(to:)).filter { seen.insert($0.context.spanID).inserted }
        return together(children).map { Step(spans: $0, links: nil) }
            + together(linking).map { spans in
                let links = spans.flatMap(\.links)
                return Step(spans: spans, links: (links.count { here.contains($0.context.spanID) }, links.count))
            }
    }

    /// Few spans each by itself, many of one name and service as one, in their order.
    private func together(_ spans: [SpanData]) -> [[SpanData]] {
        let groups = Dictionary(grouping: spans) { [$0.name, service($0)] }.values
        return groups.flatMap { $0.count > 3 ? [$0] : $0.map { [$0] } }.sorted { $0[0].startTime < $1[0].startTime }
    }

    private func service(_ span: SpanData) -> String { span.resource.serviceName ?? "-" }

    private func short(_ span: SpanData) -> String { String(span.context.traceID.hexString.prefix(8)) + "…" }

    /// A range of seconds, one value where both ends read alike.
    static func text(_ seconds: ClosedRange<Double>) -> String {
        let (least, most) = (text(.seconds(seconds.lowerBound)), text(.seconds(seconds.upperBound)))
        return least == most ? least : "\(least)–\(most)"
    }

    /// A duration in the unit that reads best.
    static func text(_ duration: Duration) -> String {
        let microseconds = duration / .microseconds(1)
        return switch microseconds {
        case ..<1_000: "\(Int(microseconds.rounded())) µs"
        case ..<10_000: "\((microseconds / 100).rounded() / 10) ms"
        case ..<1_000_000: "\(Int((microseconds / 1_000).rounded())) ms"
        default: "\((microseconds / 10_000).rounded() / 100) s"
        }
    }
}
