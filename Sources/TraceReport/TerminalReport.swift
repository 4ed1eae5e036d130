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

    /// Each batch span with its links, grouped by producer, partition, offsets and time in queue. At most `limit` spans
    /// are drawn, the largest first; the rest is counted.
    public func fanIns(limit: Int = 8) -> String {
        let all = FanIn.all(in: index)
        let drawn = all.sorted { ($0.messageCount, $1.span.startTime) > ($1.messageCount, $0.span.startTime) }
            .prefix(limit)
        var lines = drawn.flatMap(lines(of:))
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
        let groups = fanIn.groups.map(line(of:))
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

    private func line(of group: FanIn.Group) -> String {
        var parts = ["\(group.count) ⇠ \(group.producer ?? "a span that was not exported")"]
        if let service = group.service { parts.append(service) }
        if let partition = group.partition { parts.append("partition \(partition)") }
        if let positions = group.positions { parts.append("offsets \(positions.lowerBound)–\(positions.upperBound)") }
        if let waited = group.timeInQueue {
            parts.append("in queue \(Self.text(waited))")
        }
        return parts.joined(separator: style.faint(" · "))
    }

    /// One span walked forward: its children, and through links the spans in other traces that handled what it sent.
    public func walk(from span: SpanData) -> String {
        var seen: Set<SpanID> = [span.context.spanID]
        return walk(span, indentation: "", arrow: "", &seen).joined(separator: "\n")
    }

    private func walk(
        _ span: SpanData, indentation: String, arrow: String, _ seen: inout Set<SpanID>
    ) -> [String] {
        let links = arrow.contains("⇢") && span.links.count > 1 ? style.faint("  one of \(span.links.count) links") : ""
        var lines = [
            indentation + arrow + style.bold(span.name) + "  " + Self.text(span.duration) + links
                + style.faint("  \(service(span)) trace \(short(span))")
        ]
        let followers =
            index.children(of: span).map { (span: $0, mark: "─ ") }
            + index.linking(to: span).map { (span: $0, mark: "⇢ ") }
        let unseen = followers.filter { seen.insert($0.span.context.spanID).inserted }
        let deeper = arrow.isEmpty ? indentation : indentation + (arrow.hasPrefix("└") ? "   " : "│  ")
        for (position, follower) in unseen.enumerated() {
            let branch = position == unseen.count - 1 ? "└" : "├"
            lines += walk(follower.span, indentation: deeper, arrow: branch + follower.mark, &seen)
        }
        return lines
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
