import CLibrabbitmq
import SpanlinkRuntime

// A broker that is short of memory or disk stops reading, be it in the midst of a body, and says so. rabbitmq-c would write
// the body as a whole, and hear nothing meanwhile: neither that, nor that the channel failed, nor that time is over.
extension ConnectionLoop {
    /// What is written before the next look at whether there is room.
    static var bytesBetweenLooks: Int { 8_192 }

    /// Twice as much a socket with room takes without waiting, even where buffers are small. Where it does not, rabbitmq-c waits
    /// for as long as it hears heartbeats. Its memory for a frame is as large as was agreed, and it does not look.
    var largestFragment: Int { min(Self.bytesBetweenLooks, core.maxFrameSize - Limits.frameOverhead) }

    /// Sends a message in small frames, and reads between them where there is no room. Stops when the channel fails, which
    /// has ended the publish.
    func sendInFrames(_ call: PublishCall, _ properties: inout amqp_basic_properties_t, on channel: ChannelIO) {
        let state = self.state!
        let body = call.message.body
        var method = amqp_basic_publish_t()
        method.exchange = arena.bytes(call.exchange)
        method.routing_key = arena.bytes(call.routingKey)
        method.mandatory = call.mandatory ? 1 : 0
        var frame = amqp_frame_t()
        frame.channel = channel.number
        frame.frame_type = UInt8(AMQP_FRAME_HEADER)
        frame.payload.properties.class_id = UInt16(AMQP_BASIC_CLASS)
        frame.payload.properties.body_size = UInt64(body.count)
        let isHeaderSent = withUnsafeMutablePointer(to: &properties) { properties in
            frame.payload.properties.decoded = UnsafeMutableRawPointer(properties)
            return check(amqp_send_method(state, channel.number, MethodID.basicPublish, &method))
                && check(amqp_send_frame(state, &frame))
        }
        guard isHeaderSent else { return }
        // What comes meanwhile may use it.
        arena.reset()
        let largestFragment = self.largestFragment
        frame.frame_type = UInt8(AMQP_FRAME_BODY)
        body.withUnsafeBytes { body in
            var rest = body[...]
            while !rest.isEmpty, waitForRoom(), byNumber[channel.number] === channel {
                let fragment = UnsafeRawBufferPointer(rebasing: rest.prefix(largestFragment))
                frame.payload.body_fragment = amqp_bytes_t(
                    len: fragment.count, bytes: UnsafeMutableRawPointer(mutating: fragment.baseAddress))
                guard check(amqp_send_frame(state, &frame)) else { return }
                rest = rest.dropFirst(fragment.count)
            }
        }
    }

    /// Handles what comes until the socket takes more. False when the connection is lost, or its time is over.
    private func waitForRoom() -> Bool {
        while loss == nil, !hasRoom() {
            // First what rabbitmq-c has read by itself, in the midst of a frame. This sends heartbeats as well.
            readFrames()
            let closeDeadline = core.closeDeadline ?? .never
            if closeDeadline <= .now { lose(.closed) }
            if loss != nil { break }
            var descriptors = [
                pollfd(fd: amqp_get_sockfd(state), events: Int16(POLLIN | POLLOUT), revents: 0),
                pollfd(fd: core.wakeup.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let deadline = min(heartbeat.wake(after: .now), closeDeadline)
            _ = poll(&descriptors, 2, hasMoreInput ? 0 : deadline.pollTimeout)
            // Else it would wake this again and again.
            if descriptors[1].revents != 0 { takeCommands() }
            if hasMoreInput || descriptors[0].revents & ~Int16(POLLOUT) != 0 {
                heartbeat.heard(at: .now)
            } else if heartbeat.isSilent(at: .now) {
                lose(Self.silent)
            }
        }
        return loss == nil
    }
}
