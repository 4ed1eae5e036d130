public import MessagingTracing
import SpanlinkRuntime
import TracingCore

/// When the consumer's loops commit what was handled.
public enum KafkaCommitting: Sendable, Hashable {
    /// After each handler that returned, before the next message or batch is taken.
    case each
    /// In the background (`auto.commit.interval.ms`, 5 s), at a rebalance, and at the end; not with
    /// `enable.auto.commit=false`. What was handled since the last commit comes again after a crash.
    case background
    /// Never: the handler does it.
    case never
}

// Loops that own the pulling, the processing and the commits.
extension KafkaConsumer {
    /// Takes batches until the consumer is shut down, and runs `handler` for each in one span that links to the producers
    /// of all its messages, the root of its own trace.
    ///
    /// The batch is committed after the handler returned. An error of the handler is rethrown, and ends the loop: nothing
    /// at or past the batch's first message of each partition is committed. The handler runs in the caller's isolation.
    ///
    /// - Parameters:
    ///   - maxCount: most messages of a batch.
    ///   - maxWait: how long a batch waits for more after its first message.
    ///   - committing: when it is committed; without a group, nothing is.
    /// - Throws: what the handler throws; ``KafkaError``, `alreadyRunning` when another loop runs and one of them commits;
    ///   `CancellationError` when the task is cancelled while it waits.
    public func runBatches(
        maxCount: Int, maxWait: Duration, committing: KafkaCommitting = .each,
        isolation: isolated (any Actor)? = #isolation, _ handler: (KafkaMessageBatch) async throws -> Void
    ) async throws {
        let loop = ConsumerLoop()
        let committing = try enterLoop(committing)
        defer { loops.leave() }
        while let batch = try await nextBatch(maxCount: maxCount, maxWait: maxWait, in: loop) {
            let operation = batch.startProcess()
            try await guarding({ batch.spans() }, isolation: isolation) {
                guard let operation else { return try await handler(batch) }
                try await operation.run(isolation: isolation) { try await handler(batch) }
            }
            try await settle(committing, in: operation, isolation: isolation) {
                switch committing {
                case .each: try await commit(batch)
                case .background: try store(offsetsOf: batch)
                case .never: break
                }
            } later: {
                try store(offsetsOf: batch)
            }
        }
    }

    /// Takes messages one by one until the consumer is shut down, and runs `handler` for each in a span that links to its
    /// producer, the root of its own trace, with the message's baggage active.
    ///
    /// An error of the handler is rethrown, and ends the loop: nothing at or past the message is committed. The handler
    /// runs in the caller's isolation.
    ///
    /// - Parameters:
    ///   - spanParent: what else the span may be a child of.
    ///   - committing: when a handled message is committed; without a group, none is.
    /// - Throws: what the handler throws; ``KafkaError``, `alreadyRunning` when another loop runs and one of them commits;
    ///   `CancellationError` when the task is cancelled while it waits.
    public func run(
        spanParent: ConsumerSpanParent = .ownTrace, committing: KafkaCommitting = .background,
        isolation: isolated (any Actor)? = #isolation, _ handler: (KafkaMessage) async throws -> Void
    ) async throws {
        let loop = ConsumerLoop()
        let committing = try enterLoop(committing)
        defer { loops.leave() }
        while let message = try await nextMessage(in: loop) {
            let operation = message.channel.instrumentation.startProcess(message, parent: spanParent, in: loop)
            try await guarding({ message.storage.spans(message.index..<(message.index + 1)) }, isolation: isolation) {
                try await operation.run(isolation: isolation) { try await handler(message) }
            }
            try await settle(committing, in: operation, isolation: isolation) {
                switch committing {
                case .each: try await commit(message)
                case .background: try store(offsetOf: message)
                case .never: break
                }
            } later: {
                try store(offsetOf: message)
            }
        }
    }

    /// Who entered leaves ``loops``.
    ///
    /// - Returns: When the loop commits: never without a group.
    private func enterLoop(_ committing: KafkaCommitting) throws -> KafkaCommitting {
        let committing = group == nil ? .never : committing
        if committing == .background, !commitsInBackground {
            throw KafkaError(
                .invalidConfiguration,
                "With enable.auto.commit=false nothing is committed in the background. "
                    + "Remove it, or say committing: .each or .never")
        }
        try loops.enter(commits: committing != .never)
        return committing
    }

    /// Settles what a handler has handled. The span of the commit is a child of the process span.
    ///
    /// A partition that went to another member meanwhile is that member's to handle again: no error of this loop. While it
    /// is open whose the partition will be, `later` stores the offset, which is refused or committed in time.
    private func settle(
        _ committing: KafkaCommitting, in operation: ProcessOperation?, isolation: isolated (any Actor)?,
        _ body: () async throws -> Void, later: () throws -> Void
    ) async throws {
        if committing == .never { return }
        do {
            do {
                if let operation, committing == .each {
                    try await operation.activeContext.withActive(isolation: isolation, body)
                } else {
                    try await body()
                }
            } catch let error as KafkaError where error.code == .rebalanceInProgress {
                try later()
                if !commitsInBackground { hasPutOff.store(true, ordering: .releasing) }
            }
        } catch let error as KafkaError where error.code == .assignmentLost {
            handle.log(.warning, "What was handled could not be committed: \(error.message)")
        }
    }

    /// Runs a handler of these messages, which are asked for only if any handler fails. While it fails, no commit passes the first of them.
    func guarding<Result>(
        _ messages: () -> [CommitFence.Messages], isolation: isolated (any Actor)?,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await handler()
            if hasFailures { succeed(messages()) }
            return result
        } catch {
            fail(messages())
            throw error
        }
    }
}
