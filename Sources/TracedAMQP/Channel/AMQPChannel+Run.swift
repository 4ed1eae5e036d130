public import MessagingTracing
internal import TracingCore

/// What a loop does with deliveries whose handler threw. In a cancelled task it is always ``requeueAndThrow``.
public enum AMQPFailureAction: Sendable, Hashable {
    /// They go back to the queue, the loop ends and rethrows: nothing is lost, and nothing is tried over and over.
    case requeueAndThrow
    /// They go where the queue sends dead letters, or are dropped if it has no such place; the loop goes on.
    case deadLetter
    /// They go back to the queue and are delivered again, perhaps at once; the loop goes on.
    case requeue
}

// Loops that own the consuming, the processing and the acknowledgements.
extension AMQPChannel {
    /// Takes deliveries of a queue until the connection is shut down, and runs `handler` for each in a span that links to its
    /// publisher, the root of its own trace, with the message's baggage active.
    ///
    /// A delivery is acknowledged after the handler returned. A delivery whose connection was lost meanwhile comes again: no
    /// error of the loop. The handler runs in the caller's isolation.
    ///
    /// - Parameters:
    ///   - exclusive: whether the queue is to have no other consumer.
    ///   - arguments: of the consumer, such as `x-priority` or `x-stream-offset`; where that begins, see
    ///     ``deliveries(queue:prefetch:exclusive:arguments:)``.
    ///   - onError: what is done when the handler throws.
    ///   - spanParent: what else the span may be a child of.
    /// - Throws: what the handler throws; ``AMQPError``; `CancellationError` when the task is cancelled, and what the handler
    ///   has not finished goes back to the queue.
    public func run(
        queue: String, prefetch: Int = 100, exclusive: Bool = false, arguments: AMQPTable = [:],
        onError: AMQPFailureAction = .requeueAndThrow, spanParent: ConsumerSpanParent = .ownTrace,
        isolation: isolated (any Actor)? = #isolation, _ handler: (AMQPDelivery) async throws -> Void
    ) async throws {
        try await deliveries(queue: queue, prefetch: prefetch, exclusive: exclusive, arguments: arguments)
            .makeAsyncIterator().run(onError: onError, spanParent: spanParent, isolation: isolation, handler)
    }

    /// Takes deliveries of a queue in batches until the connection is shut down, and runs `handler` for each batch in one span
    /// that links to the publishers of all its messages, the root of its own trace.
    ///
    /// A batch is acknowledged with one `basic.ack` after the handler returned. See
    /// ``run(queue:prefetch:exclusive:arguments:onError:spanParent:isolation:_:)``.
    ///
    /// - Parameters:
    ///   - maxCount: most messages of a batch.
    ///   - maxWait: how long a batch waits for more after its first message.
    ///   - exclusive: whether the queue is to have no other consumer.
    ///   - arguments: of the consumer, such as `x-priority` or `x-stream-offset`; where that begins, see
    ///     ``deliveries(queue:prefetch:exclusive:arguments:)``.
    ///   - onError: what is done with the whole batch when the handler throws.
    /// - Throws: what the handler throws; ``AMQPError``; `CancellationError` when the task is cancelled, and what the handler
    ///   has not finished goes back to the queue.
    public func runBatches(
        queue: String, maxCount: Int, maxWait: Duration, prefetch: Int? = nil, exclusive: Bool = false,
        arguments: AMQPTable = [:], onError: AMQPFailureAction = .requeueAndThrow,
        isolation: isolated (any Actor)? = #isolation, _ handler: (AMQPDeliveryBatch) async throws -> Void
    ) async throws {
        try await batches(
            queue: queue, maxCount: maxCount, maxWait: maxWait, prefetch: prefetch, exclusive: exclusive,
            arguments: arguments
        ).makeAsyncIterator().run(onError: onError, isolation: isolation, handler)
    }
}

extension AMQPDeliveries.Iterator {
    func run(
        onError: AMQPFailureAction, spanParent: ConsumerSpanParent, isolation: isolated (any Actor)?,
        _ handler: (AMQPDelivery) async throws -> Void
    ) async throws {
        lease.loops.enter()
        defer { lease.loops.leave() }
        while let delivery = try await next() {
            let operation = delivery.channel.instrumentation.startProcess(delivery, parent: spanParent, in: loop)
            try await lease.handle(
                operation, onError, isolation: isolation, { try await handler(delivery) },
                settle: { try await delivery.settle($0) })
        }
    }
}

extension AMQPBatches.Iterator {
    func run(
        onError: AMQPFailureAction, isolation: isolated (any Actor)?,
        _ handler: (AMQPDeliveryBatch) async throws -> Void
    ) async throws {
        lease.loops.enter()
        defer { lease.loops.leave() }
        while let batch = try await next() {
            try await lease.handle(
                batch.startProcess(), onError, isolation: isolation, { try await handler(batch) },
                settle: { try await batch.settle($0) })
        }
    }
}

extension ConsumerLease {
    /// Runs a handler in its span, and settles as a child of that span what it was about.
    fileprivate func handle(
        _ operation: ProcessOperation?, _ onError: AMQPFailureAction, isolation: isolated (any Actor)?,
        _ handler: () async throws -> Void, settle: (SettleCall.Verdict) async throws -> Void
    ) async throws {
        var verdict = SettleCall.Verdict.ack
        var failure: (any Error)?
        var onError = onError
        do {
            if let operation { try await operation.run(isolation: isolation, handler) } else { try await handler() }
        } catch {
            failure = error
            // Whatever a handler throws then may come of the cancellation, and says nothing of the message.
            if Task.isCancelled { onError = .requeueAndThrow }
            verdict = .nack(requeue: onError != .deadLetter)
            // First the consumer ends: else what goes back comes here again at once, and counts towards a delivery limit.
            if onError == .requeueAndThrow { cancel() }
        }
        do {
            if let operation {
                try await operation.activeContext.withActive(isolation: isolation) { try await settle(verdict) }
            } else {
                try await settle(verdict)
            }
        } catch let error as AMQPError where error.code == .staleDelivery {
            log(.debug, error.message)
        } catch {
            throw failure ?? error
        }
        if let failure, onError == .requeueAndThrow { throw failure }
    }
}
