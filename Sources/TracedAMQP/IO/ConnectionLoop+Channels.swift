import CLibrabbitmq
import SpanlinkRuntime

extension ConnectionLoop {
    /// A request of the application.
    func call(_ call: RemoteCall) {
        if case .openChannel = call.request {
            guard let number = freeNumber() else {
                return call.fail(AMQPError(.notAllowed, "The connection has as many channels as the broker allows"))
            }
            add(ChannelIO(number: number, halves: call.halves), as: call.channel)
        }
        guard let channel = channels[call.channel] else { return call.fail(.closedChannel) }
        if case .closeChannel = call.request { return close(channel, call) }
        if let failure = channel.failure { return call.fail(failure) }
        let core = self.core
        let request = call.request
        do { try request.check(maxFrameSize: core.maxFrameSize) } catch { return call.fail(error) }
        // Nobody takes its deliveries any more.
        if case .consume = request, call.consumer?.hasEnded == true { return call.fail(.closedChannel) }
        switch request {
        case .prefetch(let count): channel.prefetch = count
        case .consume(let consumption): channel.consumer = call.consumer.map { (consumption, $0) }
        default: break
        }
        ask(request, on: channel) { result in
            if case .success(let answer) = result { core.topology.note(request, answer) }
            call.complete(result)
        }
    }

    /// Sends a request; `complete` runs with the answer, or when there will be none.
    func ask(_ request: Request, on channel: ChannelIO, _ complete: @escaping (Result<Answer, AMQPError>) -> Void) {
        channel.pending.append(ChannelIO.Pending(request: request, complete: complete))
        check(request.send(on: channel.number, of: state!, arena))
        unsentBytes += 256
    }

    private func close(_ channel: ChannelIO, _ call: RemoteCall) {
        channels[call.channel] = nil
        // The broker has done it already.
        guard channel.failure == nil else { return call.complete(.success(.done)) }
        ask(.closeChannel, on: channel) { [unowned self] result in
            byNumber[channel.number] = nil
            for (publish, returned) in channel.confirms.abandon() {
                publish.complete(
                    returned
                        ?? AMQPError(
                            .outcomeUnknown, "The channel was closed before the broker confirmed the message"))
            }
            call.complete(result)
        }
    }

    func add(_ channel: ChannelIO, as id: ChannelID) {
        channel.ledger.reconnect(epoch: epoch)
        channels[id] = channel
        byNumber[channel.number] = channel
    }

    func freeNumber() -> UInt16? {
        let limit = UInt16(clamping: amqp_get_channel_max(state!))
        return (1...(limit == 0 ? .max : limit)).first { byNumber[$0] == nil }
    }

    // MARK: Messages

    /// Sends a message; the error when that cannot be.
    func publish(_ call: PublishCall) -> AMQPError? {
        if channels[call.channel.id] == nil {
            if let refusal = call.channel.refusal { return refusal }
            openPublishingHalf(call.channel)
        }
        guard let channel = channels[call.channel.id] else {
            return AMQPError(.notAllowed, "The connection has as many channels as the broker allows")
        }
        if let failure = channel.failure { return failure }
        // What fitted when it was handed over may not fit into what the broker has agreed to since.
        guard call.headerFrameSize <= core.maxFrameSize else { return .tooLargeForFrame(core.maxFrameSize) }
        if !channel.isConfirming {
            channel.isConfirming = true
            ask(.selectConfirms, on: channel) { _ in }
        }
        channel.confirms.append(call, mandatory: call.likeness)
        var properties = arena.properties(call.message.properties)
        if call.message.body.count > largestFragment {
            sendInFrames(call, &properties, on: channel)
        } else {
            check(
                call.message.body.withUnsafeBytes { body in
                    amqp_basic_publish(
                        state, channel.number, arena.bytes(call.exchange), arena.bytes(call.routingKey),
                        call.mandatory ? 1 : 0, 0, &properties,
                        amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
                })
        }
        arena.reset()
        unsentBytes += 256 + call.headerFrameSize + call.message.body.count
        return nil
    }

    /// The first publish of a channel over a socket of its own.
    private func openPublishingHalf(_ halves: ChannelHalves) {
        guard let number = freeNumber() else { return }
        let channel = ChannelIO(number: number, halves: halves)
        add(channel, as: halves.id)
        ask(.openChannel, on: channel) { _ in }
    }

    /// Takes no more on a channel whose other half failed. What was published before is still confirmed; what was got goes
    /// back to its queue.
    func closeHalf(_ id: ChannelID, because error: AMQPError) {
        guard let channel = channels[id], channel.failure == nil else { return }
        channel.failure = error
        channel.ledger.reconnect(epoch: 0)
        closeIfConfirmed(channel)
    }

    func closeIfConfirmed(_ channel: ChannelIO) {
        guard channel.failure != nil, channel.confirms.count == 0,
            channel.pending.last?.request != .closeChannel
        else { return }
        ask(.closeChannel, on: channel) { [unowned self] _ in byNumber[channel.number] = nil }
    }

    /// Settles deliveries; the error when that cannot be.
    func settle(_ call: SettleCall) -> AMQPError? {
        guard let channel = channels[call.channel] else {
            return AMQPError(
                .staleDelivery, "The channel that brought the delivery is closed. The broker delivers the message again"
            )
        }
        if let failure = channel.failure {
            return AMQPError(
                .staleDelivery,
                "The broker closed the channel that brought the delivery, and delivers the message again. "
                    + failure.message)
        }
        if let error = settle(call.verdict, call.tags, epoch: call.epoch, on: channel) { return error }
        closeIfSettled(channel, call.channel)
        return nil
    }

    private func settle(
        _ verdict: SettleCall.Verdict, _ tags: [UInt64], epoch: UInt64, on channel: ChannelIO
    ) -> AMQPError? {
        do {
            for settlement in try channel.ledger.settle(tags, epoch: epoch) {
                let multiple: amqp_boolean_t = settlement.multiple ? 1 : 0
                let status =
                    switch verdict {
                    case .ack: amqp_basic_ack(state, channel.number, settlement.tag, multiple)
                    case .reject(let requeue) where !settlement.multiple:
                        amqp_basic_reject(state, channel.number, settlement.tag, requeue ? 1 : 0)
                    case .nack(let requeue), .reject(let requeue):
                        amqp_basic_nack(state, channel.number, settlement.tag, multiple, requeue ? 1 : 0)
                    }
                unsentBytes += 32
                // The broker has not seen it, and has the message still.
                guard check(status) else { return Self.stale }
            }
            channel.streamPosition?.settled(tags)
            return nil
        } catch {
            return error as? AMQPError ?? AMQPError(.other, "\(error)")
        }
    }

    // MARK: Consumers

    func cancelConsumer(on id: ChannelID) {
        guard let channel = channels[id], channel.failure == nil else {
            channels[id] = nil
            return
        }
        guard let consumer = channel.consumer else {
            channel.closesWhenSettled = true
            return closeIfSettled(channel, id)
        }
        ask(.cancel(consumerTag: consumer.consumption.consumerTag), on: channel) { [unowned self] result in
            channel.consumer = nil
            consumerEnded(on: consumer.consumption.queue)
            guard case .success = result else {
                channels[id] = nil
                return
            }
            // What the application has not seen, and never will.
            let rest = consumer.queue.takeRest(epoch: epoch)
            if !rest.isEmpty { _ = settle(.nack(requeue: true), rest, epoch: epoch, on: channel) }
            channel.closesWhenSettled = true
            closeIfSettled(channel, id)
        }
    }

    /// A queue that deletes itself is gone with its last consumer, and is not declared again. Others may have consumers too,
    /// but we do not know of them.
    func consumerEnded(on queue: String) {
        if !channels.values.contains(where: { $0.consumes(from: queue) }) { core.topology.lostConsumers(of: queue) }
    }

    private func closeIfSettled(_ channel: ChannelIO, _ id: ChannelID) {
        if channel.ledger.count == 0 { closeEnded(channel, id) }
    }

    /// Nobody can settle deliveries any more: those of a consumer that has ended go back to their queue.
    func release(_ id: ChannelID, epoch: UInt64) {
        if let channel = channels[id], channel.ledger.epoch == epoch { closeEnded(channel, id) }
    }

    private func closeEnded(_ channel: ChannelIO, _ id: ChannelID) {
        guard channel.closesWhenSettled, channel.failure == nil else { return }
        channels[id] = nil
        ask(.closeChannel, on: channel) { [unowned self] _ in byNumber[channel.number] = nil }
    }
}
