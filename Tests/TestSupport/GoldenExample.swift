internal import Foundation

/// A case of `examples/worked-examples.json`: the spans that an exchange of messages must give, whole and exactly.
public struct GoldenExample {
    /// An expected span. Tests change what their broker rightly says otherwise before they compare.
    public struct Span {
        public var ref: String
        public var name: String
        public var kind: String
        public var status: String
        /// The expected parent's `ref`, `nil` for the root of a trace of its own.
        public var parent: String?
        public var links: [Link]
        public var attributes: [String: JSONValue]
    }

    public struct Link: Equatable {
        /// The target's `ref`, `nil` for a link without a target.
        public var to: String?
        public var attributes: [String: JSONValue]

        public init(to: String?, attributes: [String: JSONValue] = [:]) {
            self.to = to
            self.attributes = attributes
        }
    }

    public let id: String
    public var spans: [Span]

    /// The ids of cases that `runner` ("generic", "kafka", "amqp") must reproduce.
    public static func ids(runBy runner: String) throws -> [String] {
        try all().filter {
            ($0["run"] as? [String: Any])?["by"].map { ($0 as? [String] ?? []).contains(runner) } ?? false
        }
        .map { $0["id"] as! String }
    }

    /// The ids of all cases.
    public static func ids() throws -> [String] { try all().map { $0["id"] as! String } }

    public init(_ id: String) throws {
        let example = try Self.all().first { $0["id"] as? String == id }!
        self.id = id
        self.spans = (example["spans"] as! [[String: Any]]).map { span in
            Span(
                ref: span["ref"] as! String, name: span["name"] as! String, kind: span["kind"] as! String,
                status: span["status"] as! String, parent: span["parent"] as? String,
                links: (span["links"] as! [[String: Any]]).map { link in
                    Link(to: link["to"] as? String, attributes: attributes(link["attributes"]))
                }, attributes: attributes(span["attributes"]))
        }
        func attributes(_ object: Any?) -> [String: JSONValue] {
            (object as! [String: Any]).mapValues(JSONValue.init(_:))
        }
    }

    private static func all() throws -> [[String: Any]] {
        try (SharedFiles.json("semconv/examples/worked-examples.json") as! [String: Any])["examples"]
            as! [[String: Any]]
    }

    /// The expected span of that `ref`.
    public subscript(ref: String) -> Span {
        get { spans.first { $0.ref == ref }! }
        set { spans[spans.firstIndex { $0.ref == ref }!] = newValue }
    }
}

/// A value of an attribute in JSON, comparable.
public enum JSONValue: Equatable, CustomStringConvertible, ExpressibleByStringLiteral {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// Any double from 0: a time that no test can know.
    case anyDuration

    public init(_ value: Any) {
        switch value {
        case let value as String: self = .string(value)
        case let value as NSNumber where CFGetTypeIDIsBoolean(value): self = .bool(value.boolValue)
        case let value as NSNumber: self = .int(value.int64Value)
        default: preconditionFailure("no such attribute: \(value)")
        }
    }

    public init(stringLiteral value: String) { self = .string(value) }

    /// The value of an OTLP JSON `AnyValue`.
    public init(otlp value: [String: Any]) {
        if let value = value["stringValue"] as? String {
            self = .string(value)
        } else if let value = value["boolValue"] as? Bool {
            self = .bool(value)
        } else if let value = value["intValue"] as? String {
            self = .int(Int64(value)!)
        } else if let value = value["doubleValue"] as? NSNumber {
            self = .double(value.doubleValue)
        } else {
            preconditionFailure("no such attribute: \(value)")
        }
    }

    public static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.string(let one), .string(let other)): one == other
        case (.bool(let one), .bool(let other)): one == other
        case (.int(let one), .int(let other)): one == other
        case (.double(let one), .double(let other)): one == other
        case (.anyDuration, .double(let value)), (.double(let value), .anyDuration): value >= 0
        case (.anyDuration, .anyDuration): true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .string(let value): "\"\(value)\""
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .anyDuration: "<seconds>"
        }
    }
}

private func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool {
    // JSONSerialization's booleans are numbers of one byte on every platform.
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
}
