import SpanlinkRuntime

// Consumers after a reconnect. The broker may not have noticed yet that the earlier connection is gone: it takes an exclusive
// consumer for a second one then, and refuses it for a while. One of a stream goes on where it was.
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
        guard let consumer = channel.consumer, !consumer.queue.hasEnded, let resumption = channel.resumption else {
            return
        }
        ask(.consume(resumption), on: channel) { [unowned self] result in
            guard case .failure(let error) = result, !consumer.queue.hasEnded else { return }
            switch error.code {
            case .accessRefused where resumption.exclusive && earlierConnectionMayLive:
                guard let moved = moveConsumer(from: channel) else { return }
                let delay = core.configuration.reconnect.delay(attempt: attempt, random: .random(in: 0...1))
                let command = ResumeConsumer(on: moved.id, epoch: epoch, attempt: attempt + 1)
                Task { [core] in
                    try? await Task.sleep(for: delay)
                    core.submit(command)
                }
            case .preconditionFailed where resumption != consumer.consumption:
                // No stream: its messages were in one before, and still say so.
                channel.streamPosition = nil
                if let moved = moveConsumer(from: channel) { resumeConsumer(on: moved.channel, attempt: attempt) }
            default: return
            }
        }
    }

    /// To a channel in the place of one that the broker closed.
    private func moveConsumer(from channel: ChannelIO) -> (id: ChannelID, channel: ChannelIO)? {
        guard let id = channels.first(where: { $0.value === channel })?.key, let number = freeNumber() else {
            return nil
        }
        let next = ChannelIO(number: number)
        (next.prefetch, next.consumer, next.streamPosition) = (
            channel.prefetch, channel.consumer, channel.streamPosition
        )
        channel.consumer = nil
        add(next, as: id)
        ask(.openChannel, on: next) { _ in }
        if let prefetch = next.prefetch { ask(.prefetch(prefetch), on: next) { _ in } }
        return (id, next)
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
