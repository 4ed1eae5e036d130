import CLibrabbitmq

/// Memory for the C structures of one call at a time. Owned by one thread; what it gave is good until ``reset()``.
final class Arena {
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    private static let chunkSize = 65_536

    deinit { for chunk in chunks { chunk.deallocate() } }

    /// Takes everything back; one chunk stays for the next call.
    func reset() {
        used = 0
        while chunks.count > 1 || chunks.last.map({ $0.count > Self.chunkSize }) == true {
            chunks.removeLast().deallocate()
        }
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let start = (used + 15) & ~15
        if let chunk = chunks.last, start + size <= chunk.count {
            used = start + size
            return chunk.baseAddress! + start
        }
        chunks.append(.allocate(byteCount: max(size, Self.chunkSize), alignment: 16))
        used = size
        return chunks.last!.baseAddress!
    }

    private func array<Element>(of type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        allocate(MemoryLayout<Element>.stride * count).bindMemory(to: type, capacity: count)
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard source.count > 0 else { return amqp_bytes_t() }
        let copy = allocate(source.count)
        copy.copyMemory(from: source.baseAddress!, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: copy)
    }

    func table(_ table: AMQPTable) -> amqp_table_t {
        guard !table.isEmpty else { return amqp_table_t() }
        let entries = array(of: amqp_table_entry_t.self, table.count)
        for (index, field) in table.enumerated() {
            (entries + index).initialize(to: amqp_table_entry_t(key: bytes(field.name), value: value(field.value)))
        }
        return amqp_table_t(num_entries: Int32(table.count), entries: entries)
    }

    private func value(_ value: AMQPValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func kind(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .bool(let value): kind(AMQP_FIELD_KIND_BOOLEAN); field.value.boolean = value ? 1 : 0
        case .int8(let value): kind(AMQP_FIELD_KIND_I8); field.value.i8 = value
        case .uint8(let value): kind(AMQP_FIELD_KIND_U8); field.value.u8 = value
        case .int16(let value): kind(AMQP_FIELD_KIND_I16); field.value.i16 = value
        case .uint16(let value): kind(AMQP_FIELD_KIND_U16); field.value.u16 = value
        case .int32(let value): kind(AMQP_FIELD_KIND_I32); field.value.i32 = value
        case .uint32(let value): kind(AMQP_FIELD_KIND_U32); field.value.u32 = value
        case .int64(let value): kind(AMQP_FIELD_KIND_I64); field.value.i64 = value
        case .uint64(let value): kind(AMQP_FIELD_KIND_U64); field.value.u64 = value
        case .float(let value): kind(AMQP_FIELD_KIND_F32); field.value.f32 = value
        case .double(let value): kind(AMQP_FIELD_KIND_F64); field.value.f64 = value
        case .decimal(let scale, let value):
            kind(AMQP_FIELD_KIND_DECIMAL)
            field.value.decimal = amqp_decimal_t(decimals: scale, value: value)
        case .string(let text): kind(AMQP_FIELD_KIND_UTF8); field.value.bytes = bytes(text)
        case .longString(let bytes):
            kind(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes.withUnsafeBytes { self.bytes($0) }
        case .bytes(let bytes):
            kind(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = bytes.withUnsafeBytes { self.bytes($0) }
        case .array(let values):
            kind(AMQP_FIELD_KIND_ARRAY)
            let entries = array(of: amqp_field_value_t.self, max(values.count, 1))
            for (index, value) in values.enumerated() { (entries + index).initialize(to: self.value(value)) }
            field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .timestamp(let seconds): kind(AMQP_FIELD_KIND_TIMESTAMP); field.value.u64 = seconds
        case .table(let table): kind(AMQP_FIELD_KIND_TABLE); field.value.table = self.table(table)
        case .void: kind(AMQP_FIELD_KIND_VOID)
        }
        return field
    }
}
