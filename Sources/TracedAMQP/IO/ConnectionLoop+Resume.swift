internal import TracingCore

// Consumers after a reconnect. The broker may not have noticed yet that the earlier connection is gone: it takes an exclusive
// consumer for a second one then, and refuses it for a while.
extension ConnectionLoop {
    /// Whether the broker may still take the earlier connection to be there, with its exclusive queues and consumers.
    var earlierConnectionMayLive: Bool {
        let patience = max(core.configuration.recoveryTimeout, heartbeat.noticeTime)
        return MonotonicTime.now < lostSince.advanced(by: patience)
    }

    func resumeConsumer(on channel: ChannelIO) { resumeConsumer(on: channel, attempt: 0) }

    func resume(_ command: ResumeConsumer) {
        guard command.epoch == epoch, let channel = channels[command.channel], channel.failure == nil else { return }
        resumeConsumer(on: channel, attempt: command.attempt)
    }

    private func resumeConsumer(on channel: ChannelIO, attempt: Int) {
        guard let consumer = channel.consumer, !consumer.queue.hasEnded else { return }
        ask(.consume(consumer.consumption), on: channel) { [unowned self] result in
            guard case .failure(let error) = result, error.code == .accessRefused, consumer.consumption.exclusive,
                earlierConnectionMayLive, !consumer.queue.hasEnded,
                let id = channels.first(where: { $0.value === channel })?.key, let number = freeNumber()
            else { return }
            // In the place of the channel, which the broker closed.
            let next = ChannelIO(number: number)
            (next.prefetch, next.consumer, channel.consumer) = (channel.prefetch, consumer, nil)
            add(next, as: id)
            ask(.openChannel, on: next) { _ in }
            if let prefetch = next.prefetch { ask(.prefetch(prefetch), on: next) { _ in } }
            let delay = core.configuration.reconnect.delay(attempt: attempt, random: .random(in: 0...1))
            let command = ResumeConsumer(on: id, epoch: epoch, attempt: attempt + 1)
            Task { [core] in
                try? await Task.sleep(for: delay)
                core.submit(command)
            }
        }
    }
}

/// Tries once more to start a consumer that the broker refused.
final class ResumeConsumer: Command {
    let channel: ChannelID
    /// Another connection resumes it by itself.
    let epoch: UInt64
    let attempt: Int

    init(on channel: ChannelID, epoch: UInt64, attempt: Int) {
        self.channel = channel
        self.epoch = epoch
        self.attempt = attempt
    }

    var survivesReconnect: Bool { false }
    var isPublish: Bool { false }

    func perform(on loop: ConnectionLoop) { loop.resume(self) }
    /// Without a connection there is no consumer.
    func fail(_ error: AMQPError) {}
}
