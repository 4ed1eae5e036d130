import CLibyaml

/// A step of a YAML stream, with its line, from 1.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case streamEnd
        /// Nothing that matters here.
        case other
    }

    let kind: Kind
    let line: Int
}

/// The events of a YAML text, by libyaml.
///
/// The reader owns the parser and a copy of the text, which the parser reads until `deinit` frees both. A C event lives
/// within `next()`. One thread at a time may use the reader.
final class YAMLEventReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) throws(ConfigurationFileMistake) {
        parser = .allocate(capacity: 1)
        // libyaml refuses a null pointer, also for an empty text.
        text = .allocate(capacity: max(1, bytes.count))
        _ = text.initialize(fromContentsOf: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            // libyaml has zeroed the parser, and deleting such a parser is allowed: `deinit` runs.
            throw ConfigurationFileMistake(1, "libyaml has no memory")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, UnsafePointer(text.baseAddress), bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event.
    ///
    /// - Throws: ``ConfigurationFileMistake`` if the text is not YAML, or has an alias, an anchor or a foreign tag.
    func next() throws(ConfigurationFileMistake) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxMistake }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        return YAMLEvent(kind: try Self.kind(event, line), line: line)
    }

    private static func kind(_ event: yaml_event_t, _ line: Int) throws(ConfigurationFileMistake) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_SEQUENCE_START_EVENT:
            try refuse(event.data.sequence_start.anchor, event.data.sequence_start.tag, line)
            return .sequenceStart
        case YAML_MAPPING_START_EVENT:
            try refuse(event.data.mapping_start.anchor, event.data.mapping_start.tag, line)
            return .mappingStart
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let isString = scalar.tag.map { String(cString: $0) == "tag:yaml.org,2002:str" } ?? false
            try refuse(scalar.anchor, isString ? nil : scalar.tag, line)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE && !isString)
        case YAML_ALIAS_EVENT:
            throw ConfigurationFileMistake(line, "Aliases are not supported. Repeat the value")
        default: return .other
        }
    }

    private static func refuse(
        _ anchor: UnsafeMutablePointer<yaml_char_t>?, _ tag: UnsafeMutablePointer<yaml_char_t>?, _ line: Int
    ) throws(ConfigurationFileMistake) {
        if anchor != nil { throw ConfigurationFileMistake(line, "Anchors are not supported. Repeat the value") }
        if tag != nil { throw ConfigurationFileMistake(line, "Only the tag !!str is supported. Remove this tag") }
    }

    /// libyaml's texts are constants and contain nothing of the file.
    private var syntaxMistake: ConfigurationFileMistake {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        // A reader error has no mark but an offset.
        let isReaderError = parser.pointee.error == YAML_READER_ERROR
        let line = isReaderError ? lineOfProblemOffset : Int(parser.pointee.problem_mark.line) + 1
        return ConfigurationFileMistake(line, "The file is not YAML: \(problem)")
    }

    private var lineOfProblemOffset: Int {
        text.prefix(parser.pointee.problem_offset).reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    }
}
