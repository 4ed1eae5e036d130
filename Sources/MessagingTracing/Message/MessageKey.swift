/// The key of a message, as its adapter has it.
public enum MessageKey {
    /// Bytes, read during the call that takes the facts and not kept. They are recorded if they are plain text.
    case bytes(UnsafeRawBufferPointer)
    /// Text.
    case text(String)

    /// A key of bytes that the adapter cannot lend; `nil` if they are no plain text, which would not be recorded.
    public init?(plainText bytes: [UInt8]) {
        guard let text = bytes.withUnsafeBytes({ String(plainText: $0) }) else { return nil }
        self = .text(text)
    }

    /// The key as text; a key without one plain text form is left out rather than guessed at.
    var text: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(plainText: bytes)
        }
    }
}

extension String {
    /// The bytes as text if they are UTF-8 without control characters, else `nil`.
    init?(plainText bytes: UnsafeRawBufferPointer) {
        guard bytes.isPlainText else { return nil }
        self.init(decoding: bytes, as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are UTF-8 without control characters.
    var isPlainText: Bool {
        var isASCII = true
        for byte in self {
            if byte < 0x20 || byte == 0x7F { return false }
            isASCII = isASCII && byte < 0x80
        }
        return isASCII || String(validating: self, as: UTF8.self) != nil
    }
}
