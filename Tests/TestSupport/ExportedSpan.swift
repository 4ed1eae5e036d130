public import Foundation

/// A span as it stands in exported OTLP JSON lines.
public struct ExportedSpan {
    public struct Link {
        public var traceID: String
        public var spanID: String
        public var flags: Int
        public var attributes: [String: JSONValue]

        public init(traceID: String, spanID: String, flags: Int, attributes: [String: JSONValue]) {
            self.traceID = traceID
            self.spanID = spanID
            self.flags = flags
            self.attributes = attributes
        }
    }

    public var traceID: String
    public var spanID: String
    public var parentSpanID: String?
    public var name: String
    public var kind: String
    public var status: String
    public var statusMessage: String?
    public var flags: Int
    public var attributes: [String: JSONValue]
    public var links: [Link]
    public var droppedLinksCount: Int
    public var scope: String
    public var schemaURL: String?

    /// A span that another tracer than the core recorded.
    public init(
        traceID: String, spanID: String, parentSpanID: String?, name: String, kind: String, status: String,
        statusMessage: String?, attributes: [String: JSONValue], links: [Link]
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.name = name
        self.kind = kind
        self.status = status
        self.statusMessage = statusMessage
        self.flags = 0
        self.attributes = attributes
        self.links = links
        self.droppedLinksCount = 0
        self.scope = ""
    }

    /// All spans in a file of OTLP JSON lines, in order.
    public static func read(_ file: URL) throws -> [ExportedSpan] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").flatMap { line in
            try read(line: Data(line.utf8))
        }
    }

    static func read(line: Data) throws -> [ExportedSpan] {
        let object = try JSONSerialization.jsonObject(with: line) as! [String: Any]
        return (object["resourceSpans"] as? [[String: Any]] ?? []).flatMap { resource in
            (resource["scopeSpans"] as! [[String: Any]]).flatMap { scope in
                (scope["spans"] as! [[String: Any]]).map { span in
                    ExportedSpan(
                        span, scope: (scope["scope"] as! [String: Any])["name"] as? String ?? "",
                        schemaURL: scope["schemaUrl"] as? String)
                }
            }
        }
    }

    init(_ span: [String: Any], scope: String, schemaURL: String?) {
        let kinds = [1: "INTERNAL", 2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"]
        let statuses = [0: "UNSET", 1: "OK", 2: "ERROR"]
        let status = span["status"] as! [String: Any]
        traceID = span["traceId"] as! String
        spanID = span["spanId"] as! String
        parentSpanID = span["parentSpanId"] as? String
        name = span["name"] as! String
        kind = kinds[span["kind"] as! Int]!
        self.status = statuses[status["code"] as? Int ?? 0]!
        statusMessage = status["message"] as? String
        flags = span["flags"] as? Int ?? 0
        attributes = Self.attributes(span)
        links = (span["links"] as? [[String: Any]] ?? []).map { link in
            Link(
                traceID: link["traceId"] as! String, spanID: link["spanId"] as! String,
                flags: link["flags"] as? Int ?? 0, attributes: Self.attributes(link))
        }
        droppedLinksCount = span["droppedLinksCount"] as? Int ?? 0
        self.scope = scope
        self.schemaURL = schemaURL
    }

    private static func attributes(_ object: [String: Any]) -> [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: (object["attributes"] as? [[String: Any]] ?? []).map {
                ($0["key"] as! String, JSONValue(otlp: $0["value"] as! [String: Any]))
            })
    }
}
