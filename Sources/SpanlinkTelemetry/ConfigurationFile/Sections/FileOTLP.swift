import OTLPExporter
import TracingCore

extension OTLPConfiguration {
    typealias Mistake = ConfigurationFileMistake

    /// The settings of `otlp_http` or `otlp_grpc`; `mapping` is the mapping of `value`.
    init(
        _ value: FileValue, _ mapping: FileMapping, _ signal: OTLPSignal, isGRPC: Bool
    ) throws(ConfigurationFileMistake) {
        self = isGRPC ? .localGRPC : signal == .traces ? .localTraces : .localMetrics
        let isInsecure = try readTLS(mapping, isGRPC: isGRPC)
        if let endpoint = try mapping.string("endpoint") {
            let hasScheme = !isGRPC || endpoint.contains("://")
            self.endpoint = hasScheme ? endpoint : (isInsecure ? "http://" : "https://") + endpoint
        }
        try readHeaders(mapping, signal)
        compression = try mapping.choice("compression", Compression.allCases.map { ($0.rawValue, $0) }) ?? compression
        timeout = try mapping.milliseconds("timeout", atLeast: 0) ?? timeout
        if let encoding = mapping.notNull("encoding"), try encoding.string() != "protobuf" {
            throw encoding.mistake("must be protobuf: no other encoding is supported")
        }
        do {
            try validate()
        } catch {
            // The texts of these two show parts of the endpoint and names of headers, which may come from variables.
            if error.code == .invalidEndpoint {
                throw (mapping["endpoint"] ?? value).mistake("must be a whole URL that begins with http:// or https://")
            }
            if error.code == .invalidHeader {
                throw (mapping["headers"] ?? mapping["headers_list"] ?? value).mistake(
                    "has a header that cannot be sent. Use letters, digits and - in names, and no line breaks in values"
                )
            }
            throw value.mistake("is invalid: \(error.message)")
        }
    }

    /// Entries of `headers` win over those of `headers_list`.
    private mutating func readHeaders(_ mapping: FileMapping, _ signal: OTLPSignal) throws(Mistake) {
        if let list = mapping.notNull("headers_list") {
            let text = try list.string()
            var hasProblem = false
            // The format of the variable, by its own parser.
            let name = "OTEL_EXPORTER_OTLP_\(signal.rawValue.uppercased())_HEADERS"
            headers = reading(signal, from: { $0 == name ? text : nil }, warn: { _, _, _ in hasProblem = true }).headers
            if hasProblem { throw list.mistake("must be name=value pairs with commas between them, percent-encoded") }
        }
        for element in try mapping.elements("headers") {
            let header = try element.mapping(.header)
            let name = try header.required("name").string()
            let value = try header.required("value")
            if value.scalar == .null { continue }
            for other in headers.keys where other.lowercased() == name.lowercased() { headers[other] = nil }
            headers[name] = try value.string()
        }
    }

    /// Returns whether an endpoint without scheme has no encryption.
    private mutating func readTLS(_ mapping: FileMapping, isGRPC: Bool) throws(Mistake) -> Bool {
        guard let value = mapping["tls"] else { return false }
        let tls = try value.mapping(isGRPC ? .grpcTLS : .httpTLS)
        func path(_ key: String) throws(Mistake) -> String? {
            guard let path = try tls.string(key) else { return nil }
            guard path.hasPrefix("/") else { throw tls[key]!.mistake("must be an absolute path") }
            return path
        }
        certificateFile = try path("ca_file")
        clientCertificateFile = try path("cert_file")
        clientKeyFile = try path("key_file")
        return try tls.bool("insecure") ?? false
    }
}

extension FileMapping {
    /// The path of `otlp_file/development`'s `output_stream`: `stdout`, or `file://` and an absolute path.
    func outputPath() throws(ConfigurationFileMistake) -> String {
        guard let value = notNull("output_stream") else { return "/dev/stdout" }
        let text = try value.string()
        if text == "stdout" { return "/dev/stdout" }
        guard text.hasPrefix("file:///"), let path = PercentEncoding.decoded(String(text.dropFirst(7))) else {
            throw value.mistake("must be stdout, or file:// and an absolute path")
        }
        return path
    }
}
