internal import TracingCore

// After a reconnect: what was declared is declared again, channels are opened again, consumers go on. Step by step with the
// answers, while commands wait. The socket for publishing declares for itself, so that no message is confirmed that reaches
// no queue because the other socket has not come so far.
extension ConnectionLoop {
    func restore() {
        if epoch == 1, core.primary == nil {
            isReady = true
            return
        }
        let topology = core.topology.current
        restore((core.primary == nil ? topology.requests : topology.shareable)[...], on: nil) { [unowned self] in
            // After the channel for declarations is closed: they may be as many as the broker allows.
            for channel in channels.values.sorted(by: { $0.number < $1.number }) where channel.failure == nil {
                reopen(channel)
            }
            isReady = true
        }
    }

    private func reopen(_ channel: ChannelIO) {
        byNumber[channel.number] = channel
        channel.ledger.reconnect(epoch: epoch)
        channel.streamPosition?.reconnect()
        ask(.openChannel, on: channel) { _ in }
        if channel.isConfirming { ask(.selectConfirms, on: channel) { _ in } }
        if let prefetch = channel.prefetch { ask(.prefetch(prefetch), on: channel) { _ in } }
        if !channel.isCancelled { resumeConsumer(on: channel) }
    }

    /// Declares one thing after the other, each on `channel` or, after the broker closed that, on another.
    private func restore(
        _ requests: ArraySlice<Request>, on channel: ChannelIO?, isSecondTry: Bool = false,
        _ done: @escaping () -> Void
    ) {
        guard let request = requests.first else {
            guard let channel else { return done() }
            return ask(.closeChannel, on: channel) { [unowned self] result in
                byNumber[channel.number] = nil
                if case .success = result { done() }
            }
        }
        guard let channel = channel ?? openRestoringChannel() else { return }
        let renewal = core.topology.current.renewal(of: request, isGone: isSecondTry)
        ask(renewal, on: channel) { [unowned self] result in
            guard self.loss == nil else { return }
            switch result {
            case .success(let answer):
                var rest = requests.dropFirst()
                if case .declareQueue(let queue) = request, case .queue(let name, _, _) = answer, name != queue.name {
                    rename(queue.name, to: name)
                    // Its bindings follow.
                    rest = rest.map { $0.renamingQueue(queue.name, to: name) }[...]
                }
                restore(rest, on: channel, done)
            case .failure(let error) where error.code == .resourceLocked && earlierConnectionMayLive:
                lose(error)
            case .failure(let error) where error.code == .notFound && request.binding != nil && !isSecondTry:
                // Only now the broker notices that the earlier connection is gone: with its exclusive queue an exchange that
                // deletes itself went away between its declaration and this.
                restore(core.topology.current.exchanges(of: request)[...], on: nil) { [unowned self] in
                    restore(requests, on: nil, isSecondTry: true, done)
                }
            case .failure(let error) where error.code == .notFound && renewal != request && !isSecondTry:
                restore(requests, on: nil, isSecondTry: true, done)
            case .failure(let error) where error.replyCode != nil:
                core.log(.warning, "Not restored after the reconnect: \(error.message)")
                var rest = requests.dropFirst()
                if case .declareQueue(let queue) = request, error.code == .resourceLocked {
                    // It is another client's. Its consumers hear the same when they are asked for again.
                    core.topology.note(.deleteQueue(queue.name, ifUnused: false, ifEmpty: false), .done)
                    rest = rest.filter(core.topology.current.requests.contains)[...]
                }
                restore(rest, on: nil, done)
            case .failure: return
            }
        }
    }

    private func openRestoringChannel() -> ChannelIO? {
        guard let number = freeNumber() else {
            lose(AMQPError(.notAllowed, "No channel is free to restore what was declared"))
            return nil
        }
        let channel = ChannelIO(number: number)
        byNumber[number] = channel
        ask(.openChannel, on: channel) { _ in }
        return channel
    }

    private func rename(_ old: String, to new: String) {
        core.topology.rename(old, to: new)
        for channel in channels.values where channel.consumer?.consumption.queue == old {
            channel.consumer?.consumption.queue = new
            channel.consumer?.queue.rename(to: new)
        }
        core.configuration.onQueueRenamed?(old, new)
    }
}
