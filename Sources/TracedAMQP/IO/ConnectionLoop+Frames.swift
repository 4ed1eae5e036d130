import CLibrabbitmq
import SpanlinkRuntime
internal import TracingCore

extension ConnectionLoop {
    /// One frame: what it means, and what is to be done.
    func handle(_ frame: amqp_frame_t) throws(AMQPError) {
        if frame.channel == 0 {
            if frame.frame_type == AMQP_FRAME_METHOD { handleConnectionMethod(frame.payload.method) }
            return
        }
        // Frames of a channel that was given up are nobody's.
        guard let channel = byNumber[frame.channel] else { return }
        do {
            switch Int32(frame.frame_type) {
            case AMQP_FRAME_METHOD: try handle(frame.payload.method, on: channel)
            case AMQP_FRAME_HEADER:
                let header = frame.payload.properties
                let properties = header.decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
                if let content = try channel.assembler.header(AMQPProperties(properties), bodySize: header.body_size) {
                    handle(content, on: channel)
                }
            case AMQP_FRAME_BODY:
                let fragment = frame.payload.body_fragment
                let bytes = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
                if let content = try channel.assembler.body(bytes) { handle(content, on: channel) }
            default: break
            }
        } catch {
            throw error as? AMQPError ?? AMQPError(.frameError, "\(error)")
        }
    }

    private func handleConnectionMethod(_ method: amqp_method_t) {
        switch method.id {
        case MethodID.connectionClose:
            let close = decoded(method, as: amqp_connection_close_t.self)
            let error = AMQPError(
                replyCode: close.reply_code, replyText: String(close.reply_text), "The broker closed the connection")
            var answer = amqp_connection_close_ok_t()
            _ = withUnsafeMutablePointer(to: &answer) {
                amqp_send_method(state, 0, MethodID.connectionCloseOK, $0)
            }
            lose(error)
        case MethodID.connectionCloseOK: isClosed = true
        case MethodID.connectionBlocked:
            isBlocked = true
            core.log(
                .warning,
                "The broker takes no messages for now: "
                    + String(decoded(method, as: amqp_connection_blocked_t.self).reason))
        case MethodID.connectionUnblocked: isBlocked = false
        default: break
        }
    }

    private func decoded<Method: BitwiseCopyable>(_ method: amqp_method_t, as type: Method.Type) -> Method {
        method.decoded.assumingMemoryBound(to: type).pointee
    }

    private func handle(_ method: amqp_method_t, on channel: ChannelIO) throws {
        switch method.id {
        case MethodID.basicDeliver:
            let deliver = decoded(method, as: amqp_basic_deliver_t.self)
            try channel.assembler.method(
                ContentMethod(
                    kind: .delivery, deliveryTag: deliver.delivery_tag, redelivered: deliver.redelivered != 0,
                    exchange: channel.lastExchange.string(deliver.exchange),
                    routingKey: channel.lastRoutingKey.string(deliver.routing_key)))
        case MethodID.basicGetOK:
            let got = decoded(method, as: amqp_basic_get_ok_t.self)
            try channel.assembler.method(
                ContentMethod(
                    kind: .got, deliveryTag: got.delivery_tag, redelivered: got.redelivered != 0,
                    exchange: String(got.exchange), routingKey: String(got.routing_key)))
        case MethodID.basicReturn:
            let returned = decoded(method, as: amqp_basic_return_t.self)
            try channel.assembler.method(
                ContentMethod(
                    kind: .returned(replyCode: returned.reply_code, replyText: String(returned.reply_text)),
                    exchange: String(returned.exchange), routingKey: String(returned.routing_key)))
        case MethodID.basicAck:
            let ack = decoded(method, as: amqp_basic_ack_t.self)
            settlePublishes(ack.delivery_tag, multiple: ack.multiple != 0, isAck: true, on: channel)
        case MethodID.basicNack:
            let nack = decoded(method, as: amqp_basic_nack_t.self)
            settlePublishes(nack.delivery_tag, multiple: nack.multiple != 0, isAck: false, on: channel)
        case MethodID.basicCancel:
            let queue = channel.consumer?.consumption.queue ?? ""
            channel.isCancelled = true
            consumerEnded(on: queue)
            channel.consumer?.queue.fail(
                AMQPError(
                    .consumerCancelled,
                    "The broker ended the consumer of queue \"\(queue)\": it was deleted, or its node left"))
        case MethodID.channelClose:
            let close = decoded(method, as: amqp_channel_close_t.self)
            closeByBroker(
                channel, over: UInt32(close.class_id) << 16 | UInt32(close.method_id), replyCode: close.reply_code,
                replyText: String(close.reply_text))
        case MethodID.channelFlow:
            // RabbitMQ does not send it; whoever does wants an answer.
            var answer = amqp_channel_flow_ok_t(active: decoded(method, as: amqp_channel_flow_t.self).active)
            check(
                withUnsafeMutablePointer(to: &answer) {
                    amqp_send_method(state, channel.number, MethodID.channelFlowOK, $0)
                })
        default: try answer(method, on: channel)
        }
    }

    // MARK: Answers

    private func answer(_ method: amqp_method_t, on channel: ChannelIO) throws {
        guard let pending = channel.pending.first else { return }
        // A close that crossed the broker's is answered after the channel is gone, and its number may be used again.
        if method.id == MethodID.channelCloseOK, pending.request != .closeChannel { return }
        let answer: Answer
        switch method.id {
        case MethodID.basicGetEmpty: answer = .noMessage
        case MethodID.queueDeclareOK:
            let queue = decoded(method, as: amqp_queue_declare_ok_t.self)
            answer = .queue(
                name: String(queue.queue), messageCount: queue.message_count, consumerCount: queue.consumer_count)
        case MethodID.queueDeleteOK: answer = .count(decoded(method, as: amqp_queue_delete_ok_t.self).message_count)
        case MethodID.queuePurgeOK: answer = .count(decoded(method, as: amqp_queue_purge_ok_t.self).message_count)
        default: answer = .done
        }
        let isGet = pending.request.answer == MethodID.basicGetOK
        guard method.id == (isGet ? MethodID.basicGetEmpty : pending.request.answer) else {
            throw AMQPError(.unexpectedFrame, "\(pending.request.doing): the broker answered something else")
        }
        _ = channel.pending.popFirst()
        pending.complete(.success(answer))
    }

    private func handle(_ content: ReceivedContent, on channel: ChannelIO) {
        switch content.method.kind {
        case .delivery:
            guard let consumer = channel.consumer, channel.ledger.delivered(content.method.deliveryTag) else { return }
            channel.notePosition(of: content)
            consumer.queue.push(content, epoch: epoch)
        case .got:
            guard let pending = channel.pending.first, channel.ledger.delivered(content.method.deliveryTag) else {
                return
            }
            _ = channel.pending.popFirst()
            pending.complete(.success(.message(content, epoch: epoch)))
        case .returned(let replyCode, let replyText):
            let method = content.method
            let error = AMQPError(
                replyCode: replyCode, replyText: replyText,
                "The message for exchange \"\(method.exchange)\" and routing key \"\(method.routingKey)\" came back")
            let likeness = PublisherConfirms<PublishCall>.Likeness(
                exchange: method.exchange, routingKey: method.routingKey, headers: content.properties.headers,
                messageID: content.properties.messageID, bodySize: content.body.count)
            if !channel.confirms.returned(likeness, error) {
                core.log(.warning, "A message came back that nobody waits for: \(error.message)")
            }
        }
    }

    private func settlePublishes(_ tag: UInt64, multiple: Bool, isAck: Bool, on channel: ChannelIO) {
        for (publish, outcome) in channel.confirms.settle(tag, multiple: multiple, isAck: isAck) {
            switch outcome {
            case .confirmed: publish.complete(nil)
            case .returned(let error): publish.complete(error)
            case .refused:
                publish.complete(
                    AMQPError(
                        .nack,
                        "The broker refused the message for exchange \"\(publish.exchange)\" and routing key "
                            + "\"\(publish.routingKey)\": a queue is full, or could not store it"))
            }
        }
        closeIfConfirmed(channel)
    }

    /// The broker closed the channel: it says why once, and all that was on its way there fails.
    ///
    /// - Parameter method: what failed; 0 for nothing that was asked.
    private func closeByBroker(_ channel: ChannelIO, over method: UInt32, replyCode: UInt16, replyText: String) {
        var answer = amqp_channel_close_ok_t()
        check(
            withUnsafeMutablePointer(to: &answer) {
                amqp_send_method(state, channel.number, MethodID.channelCloseOK, $0)
            })
        byNumber[channel.number] = nil
        let pending = channel.pending
        channel.pending = []
        let doing = pending.first { $0.request.method == method }?.request.doing ?? MethodID.doing(method)
        let error = AMQPError(replyCode: replyCode, replyText: replyText, doing, method: method)
        channel.failure = error
        channel.ledger.reconnect(epoch: 0)
        // Before anyone hears of it: what is done next on the channel throws the same.
        channel.halves?.failed(error, on: core)
        channel.consumer?.queue.lostChannel()
        abandonPublishes(on: channel, over: method, error)
        for pending in pending { pending.complete(.failure(error)) }
        // One that the broker refuses is not the last of its queue, where there is one.
        let wasRefused = pending.contains { $0.request.answer == MethodID.basicConsumeOK } && error.code != .notFound
        if let consumer = channel.consumer, !wasRefused { consumerEnded(on: consumer.consumption.queue) }
        channel.consumer?.queue.fail(error)
    }

    /// The broker drops the message that it refuses and all that follow. What came before may have arrived.
    private func abandonPublishes(on channel: ChannelIO, over method: UInt32, _ error: AMQPError) {
        let publishes = channel.confirms.abandon()
        var refused: Int?
        if method == MethodID.basicPublish {
            refused =
                publishes.count == 1
                ? 0 : publishes.firstIndex { $0.entry.isMeant(by: error.replyText ?? "") }
        }
        var unknown = AMQPError(
            .outcomeUnknown,
            "The broker closed the channel before it confirmed: the message may have arrived. " + error.message)
        unknown.replyCode = error.replyCode
        unknown.replyText = error.replyText
        for (index, (publish, returned)) in publishes.enumerated() {
            publish.complete(returned ?? (index < refused ?? .max ? unknown : error))
        }
    }
}
