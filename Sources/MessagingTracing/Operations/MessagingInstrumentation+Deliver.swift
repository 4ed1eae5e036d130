public import TracingCore

extension MessagingInstrumentation {
    /// Records a pull of the application that has returned: a span that started with the call, so that its links are there
    /// from the start (conventions, "Receive").
    ///
    /// - Parameters:
    ///   - messages: what came, `nil` for nothing. A pull that brought nothing has no span unless the options ask for it.
    ///   - channel: where the pull was for, when nothing came.
    ///   - start: when the application called.
    ///   - isBatch: whether the call may bring several messages, whatever it brought.
    ///   - failure: how the pull failed.
    /// - Returns: the span, which has ended; what settles the messages outside of any span may link to it.
    @discardableResult
    public func recordReceive(
        _ messages: MessageLinks?, from channel: @autoclosure () -> MessageChannel, since start: Timestamp,
        isBatch: Bool, failure: OperationFailure? = nil
    ) -> TraceSpan {
        guard messages != nil || failure != nil || options.emptyReceiveSpans else { return .none }
        let active = ActiveContext.current
        let backend = backend(in: active)
        let end = Timestamp.now
        let destination = messages?.spanChannel ?? channel()
        let template = destination.operation(.receive)
        let links = messages?.spanLinks ?? .none
        let addAttributes: (inout AttributeFacts) -> Void = { list in
            if let messages {
                messages.appendSpanFacts(for: .receive, isBatch: isBatch, to: &list)
            } else if isBatch {
                list.append(MessagingKey.batchMessageCount, 0)
            }
            if let failure { list.append(MessagingKey.errorType, failure.errorType) }
        }
        let span = backend.startMessagingSpan(
            template, kind: .client, parent: .context(active), links: links, linkLimit: options.maxLinksPerSpan,
            at: SpanInstant(start), messages?.factsOfOnlyMessage, attributes: addAttributes)
        span.end(
            template, at: end, links: links, linkLimit: options.maxLinksPerSpan,
            status: failure.map { .error($0.description) } ?? .unset, attributes: addAttributes)
        destination.metrics.record(
            .receive, seconds: start.seconds(to: end), messages: 0, partition: messages?.commonPartition ?? -1,
            failure: failure, context: span.context, in: backend.meterProvider)
        if let messages { countDelivered(messages, by: .receive) }
        return span.handle
    }

    /// Counts messages that a loop hands to the application, and how long they waited. Once for each delivery: pulls of the
    /// application (``recordReceive(_:from:since:isBatch:failure:)``) count for themselves.
    public func countDelivered(_ messages: MessageLinks) { countDelivered(messages, by: .process) }

    private func countDelivered(_ messages: MessageLinks, by operation: MessagingOperation) {
        let active = ActiveContext.current
        let provider = backend(in: active).meterProvider
        guard provider.isEnabled else { return }
        let context = active.spanContext ?? .invalid
        var series: OperationSeries?
        var run: (channel: Int32, partition: Int32, count: Int64)?
        for message in messages.messages {
            if run?.channel != message.channel || run?.partition != message.partition {
                if let run { series?.messages?.add(run.count, context: context) }
                run = (message.channel, message.partition, 0)
                series = messages.channels[Int(message.channel)].metrics.series(
                    operation, partition: message.partition, in: provider)
            }
            run!.count += 1
            if message.timeInQueue >= 0 {
                series?.timeInQueue?.record(Double(message.timeInQueue) / 1e9, context: context)
            }
        }
        if let run { series?.messages?.add(run.count, context: context) }
    }

    /// Counts a single message that a loop hands to the application, and how long it waited.
    public func countDelivered(_ facts: MessageFacts, from channel: MessageChannel) {
        let active = ActiveContext.current
        let provider = backend(in: active).meterProvider
        guard let series = channel.metrics.series(.process, partition: facts.partition, in: provider) else { return }
        let context = active.spanContext ?? .invalid
        series.messages?.add(1, context: context)
        guard options.recordsTimeInQueue, let timestamp = facts.timestamp else { return }
        series.timeInQueue?.record(Double(TimeInQueue.nanoseconds(from: timestamp, to: .now)) / 1e9, context: context)
    }
}

extension MessageLinks {
    /// The partition of all messages, -1 when they have none or several.
    var commonPartition: Int32 { isOfOneChannel && isOfOnePartition ? messages[0].partition : -1 }
}
