import CLibrabbitmq

// What rabbitmq-c decoded into its own memory, copied before the next frame reuses it.

extension String {
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

/// Text that is often the same as before: then it is not made again.
struct RepeatedText {
    private var last = ""

    mutating func string(_ bytes: amqp_bytes_t) -> String {
        let isRepeated = last.withUTF8 {
            $0.elementsEqual(UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len))
        }
        if !isRepeated { last = String(bytes) }
        return last
    }
}

extension AMQPTable {
    /// - Parameter depth: in how many tables and arrays it lies.
    init(_ table: amqp_table_t, depth: Int = 0) {
        self.init()
        reserveCapacity(Int(table.num_entries))
        for index in 0..<Int(table.num_entries) {
            append(
                name: String(table.entries[index].key), value: AMQPValue(table.entries[index].value, depth: depth + 1))
        }
    }
}

extension AMQPValue {
    /// What is nested deeper than ``Limits/depth`` is void: a frame has room for depths that no stack has.
    init(_ field: amqp_field_value_t, depth: Int) {
        let value = field.value
        func bytes() -> [UInt8] { Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)) }
        self =
            switch amqp_field_value_kind_t(rawValue: amqp_field_value_kind_t.RawValue(field.kind)) {
            case AMQP_FIELD_KIND_BOOLEAN: .bool(value.boolean != 0)
            case AMQP_FIELD_KIND_I8: .int8(value.i8)
            case AMQP_FIELD_KIND_U8: .uint8(value.u8)
            case AMQP_FIELD_KIND_I16: .int16(value.i16)
            case AMQP_FIELD_KIND_U16: .uint16(value.u16)
            case AMQP_FIELD_KIND_I32: .int32(value.i32)
            case AMQP_FIELD_KIND_U32: .uint32(value.u32)
            case AMQP_FIELD_KIND_I64: .int64(value.i64)
            case AMQP_FIELD_KIND_U64: .uint64(value.u64)
            case AMQP_FIELD_KIND_F32: .float(value.f32)
            case AMQP_FIELD_KIND_F64: .double(value.f64)
            case AMQP_FIELD_KIND_DECIMAL: .decimal(scale: value.decimal.decimals, value: value.decimal.value)
            case AMQP_FIELD_KIND_UTF8:
                String(
                    validating: UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len), as: UTF8.self
                ).map { .string($0) } ?? .longString(bytes())
            case AMQP_FIELD_KIND_BYTES: .bytes(bytes())
            case AMQP_FIELD_KIND_ARRAY where depth >= Limits.depth, AMQP_FIELD_KIND_TABLE where depth >= Limits.depth:
                .void
            case AMQP_FIELD_KIND_ARRAY:
                .array((0..<Int(value.array.num_entries)).map { AMQPValue(value.array.entries[$0], depth: depth + 1) })
            case AMQP_FIELD_KIND_TIMESTAMP: .timestamp(value.u64)
            case AMQP_FIELD_KIND_TABLE: .table(AMQPTable(value.table, depth: depth))
            default: .void
            }
    }
}

extension AMQPProperties {
    init(_ properties: amqp_basic_properties_t) {
        func has(_ flag: Int32) -> Bool { properties._flags & amqp_flags_t(flag) != 0 }
        self.init()
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { contentType = String(properties.content_type) }
        if has(AMQP_BASIC_CONTENT_ENCODING_FLAG) { contentEncoding = String(properties.content_encoding) }
        if has(AMQP_BASIC_HEADERS_FLAG) { headers = AMQPTable(properties.headers) }
        headers.cameFromBroker = true
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) { isPersistent = properties.delivery_mode == 2 }
        if has(AMQP_BASIC_PRIORITY_FLAG) { priority = properties.priority }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { correlationID = String(properties.correlation_id) }
        if has(AMQP_BASIC_REPLY_TO_FLAG) { replyTo = String(properties.reply_to) }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { expiration = String(properties.expiration) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { messageID = String(properties.message_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { timestamp = properties.timestamp }
        if has(AMQP_BASIC_TYPE_FLAG) { type = String(properties.type) }
        if has(AMQP_BASIC_USER_ID_FLAG) { userID = String(properties.user_id) }
        if has(AMQP_BASIC_APP_ID_FLAG) { appID = String(properties.app_id) }
    }
}

extension Arena {
    /// The properties as rabbitmq-c takes them.
    func properties(_ properties: AMQPProperties) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        func set(_ text: String?, _ flag: Int32, _ path: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            result._flags |= amqp_flags_t(flag)
            result[keyPath: path] = bytes(text)
        }
        set(properties.contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, \.content_type)
        set(properties.contentEncoding, AMQP_BASIC_CONTENT_ENCODING_FLAG, \.content_encoding)
        set(properties.correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, \.correlation_id)
        set(properties.replyTo, AMQP_BASIC_REPLY_TO_FLAG, \.reply_to)
        set(properties.expiration, AMQP_BASIC_EXPIRATION_FLAG, \.expiration)
        set(properties.messageID, AMQP_BASIC_MESSAGE_ID_FLAG, \.message_id)
        set(properties.type, AMQP_BASIC_TYPE_FLAG, \.type)
        set(properties.userID, AMQP_BASIC_USER_ID_FLAG, \.user_id)
        set(properties.appID, AMQP_BASIC_APP_ID_FLAG, \.app_id)
        if !properties.headers.isEmpty {
            result._flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
            result.headers = table(properties.headers)
        }
        if let isPersistent = properties.isPersistent {
            result._flags |= amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
            result.delivery_mode = isPersistent ? 2 : 1
        }
        if let priority = properties.priority {
            result._flags |= amqp_flags_t(AMQP_BASIC_PRIORITY_FLAG)
            result.priority = priority
        }
        if let timestamp = properties.timestamp {
            result._flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
            result.timestamp = timestamp
        }
        return result
    }
}
