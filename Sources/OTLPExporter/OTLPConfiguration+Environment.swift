package import TracingCore

/// The variables of OTLP exporters, `OTEL_EXPORTER_OTLP_…` for all signals and `OTEL_EXPORTER_OTLP_TRACES_…` or
/// `…_METRICS_…` for one, which wins (OTLP exporter configuration):
///
/// | variable | value |
/// |---|---|
/// | `ENDPOINT` | a URL to which `v1/traces` or `v1/metrics` is appended; that of one signal is used as it is |
/// | `HEADERS` | `key=value,key=value`, values percent-encoded; a value that is not counts as it is |
/// | `COMPRESSION` | `gzip` or `none` |
/// | `TIMEOUT` | milliseconds; 0 is no limit |
/// | `CERTIFICATE`, `CLIENT_CERTIFICATE`, `CLIENT_KEY` | paths of PEM files |
/// | `PROTOCOL` | `http/protobuf`, the only one there is here |
extension OTLPConfiguration {
    /// What is wrong with a variable. Values of headers, and passwords and tokens in endpoints, are secrets: they are not
    /// shown.
    package typealias Warn = (_ name: String, _ shown: String, _ problem: String) -> Void

    /// This configuration with the environment on top. `value` gives a variable's value, `nil` when it is empty; what makes
    /// no sense is ignored, and `warn` told.
    package func reading(
        _ signal: OTLPSignal, from value: (_ name: String) -> String?, warn: Warn
    ) -> OTLPConfiguration {
        var configuration = self
        var headers: [String: String] = [:]
        for isSpecific in [false, true] {
            let prefix = "OTEL_EXPORTER_OTLP_" + (isSpecific ? signal.rawValue.uppercased() + "_" : "")
            func read(_ name: String, _ take: (String) -> String?) {
                guard let text = value(prefix + name) else { return }
                guard let problem = take(text) else { return }
                let shown =
                    switch name {
                    case "HEADERS": "(not shown)"
                    case "ENDPOINT": EndpointURL.shown(text)
                    default: text
                    }
                warn(prefix + name, shown, problem)
            }
            read("PROTOCOL") { $0.lowercased() == "http/protobuf" ? nil : "only http/protobuf is supported" }
            read("ENDPOINT") { text in
                guard EndpointURL(text) != nil else { return "it must be a URL that begins with http:// or https://" }
                configuration.endpoint = isSpecific ? text : Self.appending("v1/\(signal)", to: text)
                return nil
            }
            read("HEADERS") { text in
                let (read, problem) = Self.headers(text)
                // A signal's own headers take the place of the general ones, as its other settings do.
                if !read.isEmpty { headers = read }
                return problem
            }
            read("COMPRESSION") { text in
                guard let compression = Compression(rawValue: text.lowercased()) else {
                    return "it must be gzip or none"
                }
                configuration.compression = compression
                return nil
            }
            read("TIMEOUT") { text in
                guard let number = Int(text), (0...1_000_000_000_000).contains(number) else {
                    return "it must be an integer of milliseconds from 0 on"
                }
                configuration.timeout = .milliseconds(number)
                return nil
            }
            read("CERTIFICATE") {
                configuration.certificateFile = $0; return nil
            }
            read("CLIENT_CERTIFICATE") {
                configuration.clientCertificateFile = $0; return nil
            }
            read("CLIENT_KEY") {
                configuration.clientKeyFile = $0; return nil
            }
        }
        for (name, value) in headers { configuration.headers.setHeader(name, value) }
        return configuration
    }

    /// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` on top of what code says; and a warning for aggregations of
    /// histograms that are not here.
    package static func temporality(
        _ code: MetricTemporalityPreference, from value: (_ name: String) -> String?, warn: Warn
    ) -> MetricTemporalityPreference {
        let aggregation = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
        if let text = value(aggregation), text.lowercased() != "explicit_bucket_histogram" {
            warn(aggregation, text, "only explicit_bucket_histogram is supported")
        }
        let name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
        guard let text = value(name) else { return code }
        guard let preference = MetricTemporalityPreference(rawValue: text.lowercased()) else {
            warn(name, text, "it must be cumulative, delta or lowmemory")
            return code
        }
        return preference
    }

    /// The path appended to that of the URL; a query stays behind it.
    private static func appending(_ path: String, to url: String) -> String {
        let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        let base = url[..<end]
        return base + (base.hasSuffix("/") ? "" : "/") + path + url[end...]
    }

    /// The valid members, and the problems of the others. A problem names the header, or the member's position if the name
    /// may be a part of a secret.
    ///
    /// A value that is not percent-encoded UTF-8 counts as it is: it was most likely written without encoding.
    private static func headers(_ text: String) -> (headers: [String: String], problem: String?) {
        var headers: [String: String] = [:]
        var problems: [String] = []
        for (index, member) in text.split(separator: ",").enumerated() {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
            if parts == [""] { continue }
            guard parts.count == 2, isHeaderName(parts[0]) else {
                problems.append("member \(index + 1) is no name=value")
                continue
            }
            let value = PercentEncoding.decoded(parts[1]) ?? parts[1]
            guard isHeader(parts[0], value) else {
                problems.append("the value of \(parts[0]) has a character that HTTP does not allow")
                continue
            }
            headers.setHeader(parts[0], value)
        }
        return (headers, problems.isEmpty ? nil : problems.joined(separator: "; "))
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

extension [String: String] {
    /// Sets a header in the place of all of that name: names of headers have no case (RFC 9110, section 5.1).
    fileprivate mutating func setHeader(_ name: String, _ value: String) {
        let lowercased = name.lowercased()
        for other in keys where other.lowercased() == lowercased { self[other] = nil }
        self[name] = value
    }
}
