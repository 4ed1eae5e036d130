import TracingCore

/// The section `resource`.
struct FileResource {
    typealias Mistake = ConfigurationFileMistake

    /// The detectors in use. Without any nothing is detected.
    var detectors: [Telemetry.ResourceDetector] = []
    /// The keys of detected attributes that count.
    var patterns = PatternList()
    /// `OTEL_SERVICE_NAME`, which the detector `service` reads.
    var serviceName: String?
    /// Attributes and schema that the file gives.
    var given = Resource()

    init() {}

    init(_ value: FileValue, _ environment: [String: String]) throws(Mistake) {
        let mapping = try value.mapping(.resource)
        if let list = mapping.notNull("attributes_list") {
            let (attributes, problem) = EnvironmentVariable.resourceAttributes(try list.string())
            // The problem may name a key that comes from a variable.
            if problem != nil {
                throw list.mistake("must be key=value pairs with commas between them, percent-encoded")
            }
            given.attributes = attributes
        }
        for element in try mapping.elements("attributes") {
            let attribute = try element.mapping(.resourceAttribute)
            let name = try attribute.required("name").string()
            if let value = try Self.value(attribute) { given.attributes[name] = value }
        }
        given.schemaURL = try mapping.string("schema_url")
        if let detection = mapping["detection/development"] { try detect(detection.mapping(.detection), environment) }
    }

    /// The resource: the SDK's own attributes, then detected ones, those of code, and those of the file, which win.
    func resource(over code: Resource, in facts: SystemFacts) -> Resource {
        var attributes = Resource.detected(by: [], in: facts).attributes
        let own = Set(attributes.map(\.key))
        for attribute in Resource.detected(by: detectors, in: facts).attributes
        where !own.contains(attribute.key) && patterns.contains(attribute.key) {
            attributes[attribute.key] = attribute.value
        }
        attributes.merge(code.attributes)
        if let serviceName, patterns.contains("service.name") { attributes["service.name"] = .string(serviceName) }
        return Resource(attributes: attributes, schemaURL: code.schemaURL).merging(given)
    }

    private mutating func detect(_ mapping: FileMapping, _ environment: [String: String]) throws(Mistake) {
        for element in try mapping.elements("detectors") {
            let (name, settings) = try element.component(.detector)
            _ = try settings.mapping(.empty)
            switch name {
            case "service":
                detectors.append(.service)
                serviceName = environment["OTEL_SERVICE_NAME"].flatMap { $0.isEmpty ? nil : $0 }
            case "host": detectors += [.host, .os]
            case "process": detectors.append(.process)
            default: detectors.append(.container)
            }
        }
        if let value = mapping["attributes"] { patterns = try PatternList(value) }
    }

    /// The typed value; `nil` if it is null.
    private static func value(_ attribute: FileMapping) throws(Mistake) -> AttributeValue? {
        let value = try attribute.required("value")
        let type = try attribute.choice("type", types) ?? .init(isArray: false, kind: .string)
        if value.scalar == .null { return nil }
        guard type.isArray else { return try scalar(value, type.kind) }
        var elements: [AttributeValue] = []
        for element in try value.elements() { elements.append(try scalar(element, type.kind)) }
        return .array(elements)
    }

    private static func scalar(_ value: FileValue, _ kind: AttributeType.Kind) throws(Mistake) -> AttributeValue {
        switch kind {
        case .string: .string(try value.string())
        case .bool: .bool(try value.bool())
        case .int: .int(try value.integer(in: .min ... .max))
        case .double: .double(try value.number())
        }
    }

    private struct AttributeType {
        enum Kind: String, CaseIterable { case string, bool, int, double }
        let isArray: Bool
        let kind: Kind
    }

    private static var types: [(name: String, value: AttributeType)] {
        AttributeType.Kind.allCases.map { ($0.rawValue, AttributeType(isArray: false, kind: $0)) }
            + AttributeType.Kind.allCases.map { ("\($0.rawValue)_array", AttributeType(isArray: true, kind: $0)) }
    }
}

extension PatternList {
    init(_ value: FileValue) throws(ConfigurationFileMistake) {
        let mapping = try value.mapping(.patterns)
        func strings(_ key: String) throws(ConfigurationFileMistake) -> [String] {
            var strings: [String] = []
            for element in try mapping.elements(key) { strings.append(try element.string()) }
            return strings
        }
        let included = try strings("included")
        self.init(included: included.isEmpty ? nil : included, excluded: try strings("excluded"))
    }
}
