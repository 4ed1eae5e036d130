package import TracingCore

/// The variables of OTLP exporters, `OTEL_EXPORTER_OTLP_…` for all signals and `OTEL_EXPORTER_OTLP_TRACES_…` or
/// `…_METRICS_…` for one, which wins (OTLP exporter configuration):
///
/// | variable | value |
/// |---|---|
/// | `PROTOCOL` | `http/protobuf` or `grpc`; without an endpoint also the default port, 4318 or 4317 |
/// | `ENDPOINT` | for HTTP a URL to which `v1/traces` or `v1/metrics` is appended, and that of one signal as it is; for gRPC scheme, host and port, or host and port alone |
/// | `INSECURE` | `true`: an endpoint of gRPC without a scheme is not encrypted |
/// | `HEADERS` | `key=value,key=value`, values percent-encoded; a value that is not counts as it is |
/// | `COMPRESSION` | `gzip` or `none` |
/// | `TIMEOUT` | milliseconds; 0 is no limit |
/// | `CERTIFICATE`, `CLIENT_CERTIFICATE`, `CLIENT_KEY` | paths of PEM files |
extension OTLPConfiguration {
    /// What is wrong with a variable. Values of headers, and passwords and tokens in endpoints, are secrets: they are not
    /// shown.
    package typealias Warn = (_ name: String, _ shown: String, _ problem: String) -> Void

    /// This configuration with the environment on top. `value` gives a variable's value, `nil` if it is empty. Invalid values
    /// are ignored and reported to `warn`.
    package func reading(
        _ signal: OTLPSignal, from value: (_ name: String) -> String?, warn: Warn
    ) -> OTLPConfiguration {
        var configuration = self
        configuration.readProtocol(signal, from: value, warn: warn)
        let isInsecure = Self.isInsecure(signal, from: value, warn: warn)
        var headers: [String: String] = [:]
        for isSpecific in [false, true] {
            let prefix = Self.prefix(signal, isSpecific: isSpecific)
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
            read("ENDPOINT") { text in
                let isGRPC = configuration.protocol == .grpc
                let hasScheme = text.contains("://")
                let url = isGRPC && !hasScheme ? (isInsecure ? "http://" : "https://") + text : text
                guard EndpointURL(url) != nil else { return "it must be a URL that begins with http:// or https://" }
                configuration.endpoint = isSpecific || isGRPC ? url : Self.appending("v1/\(signal)", to: url)
                return nil
            }
            read("HEADERS") { text in
                let (read, problem) = configuration.headers(text)
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

    private static func prefix(_ signal: OTLPSignal, isSpecific: Bool) -> String {
        "OTEL_EXPORTER_OTLP_" + (isSpecific ? signal.rawValue.uppercased() + "_" : "")
    }

    /// The protocol, which gives other variables their meaning. The local default endpoint goes to the protocol's port.
    private mutating func readProtocol(_ signal: OTLPSignal, from value: (_ name: String) -> String?, warn: Warn) {
        for isSpecific in [false, true] {
            let name = Self.prefix(signal, isSpecific: isSpecific) + "PROTOCOL"
            guard let text = value(name) else { continue }
            guard let chosen = TransportProtocol(rawValue: text.lowercased()) else {
                warn(name, text, "it must be http/protobuf or grpc")
                continue
            }
            self.protocol = chosen
        }
        let local = signal == .traces ? OTLPConfiguration.localTraces : .localMetrics
        let (from, to) = self.protocol == .grpc ? (local, OTLPConfiguration.localGRPC) : (.localGRPC, local)
        if endpoint == from.endpoint { endpoint = to.endpoint }
    }

    /// Whether gRPC endpoints without a scheme are not encrypted. The signal's own variable wins for the general endpoint too.
    private static func isInsecure(
        _ signal: OTLPSignal, from value: (_ name: String) -> String?, warn: Warn
    ) -> Bool {
        var isInsecure = false
        for isSpecific in [false, true] {
            let name = prefix(signal, isSpecific: isSpecific) + "INSECURE"
            guard let text = value(name) else { continue }
            switch text.lowercased() {
            case "true": isInsecure = true
            case "false": isInsecure = false
            default: warn(name, text, "it must be true or false")
            }
        }
        return isInsecure
    }

    /// `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, or the preference of code.
    package static func histogramAggregation(
        _ code: HistogramAggregationPreference, from value: (_ name: String) -> String?, warn: Warn
    ) -> HistogramAggregationPreference {
        let name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
        guard let text = value(name) else { return code }
        guard let preference = HistogramAggregationPreference(rawValue: text.lowercased()) else {
            warn(name, text, "it must be explicit_bucket_histogram or base2_exponential_bucket_histogram")
            return code
        }
        return preference
    }

    /// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, or the preference of code.
    package static func temporality(
        _ code: MetricTemporalityPreference, from value: (_ name: String) -> String?, warn: Warn
    ) -> MetricTemporalityPreference {
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
    private func headers(_ text: String) -> (headers: [String: String], problem: String?) {
        var headers: [String: String] = [:]
        var problems: [String] = []
        for (index, member) in text.split(separator: ",").enumerated() {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
            if parts == [""] { continue }
            guard parts.count == 2, Self.isHeaderName(parts[0]) else {
                problems.append("member \(index + 1) is no name=value")
                continue
            }
            let value = PercentEncoding.decoded(parts[1]) ?? parts[1]
            guard Self.isHeader(parts[0], value) else {
                problems.append("the value of \(parts[0]) has a character that HTTP does not allow")
                continue
            }
            guard self.protocol != .grpc || Self.isMetadata(parts[0], value) else {
                problems.append("\(parts[0]) cannot be metadata of gRPC")
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
