import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// Keys, passwords and tokens stand in no text that is made of a configuration.
@Suite struct SecretsTests {
    private static let secret = "s3cret"

    private static var configuration: OTLPConfiguration {
        var configuration = OTLPConfiguration(
            endpoint: "https://user:\(secret)@collector:4318/v1/traces?token=\(secret)#\(secret)")
        configuration.headers = ["api-key": secret, "Authorization": "Bearer \(secret)"]
        configuration.proxy = "socks5h://user:\(secret)@proxy:1080"
        return configuration
    }

    private static func texts(_ value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), String(describing: Optional(value)), "\([value])", dumped]
    }

    @Test func aConfigurationShowsNone() {
        for text in Self.texts(Self.configuration) {
            #expect(!text.contains(Self.secret))
            #expect(text.contains("https://collector:4318/v1/traces") && text.contains("socks5h://proxy:1080"))
            #expect(text.contains("api-key") && text.contains("Authorization"))
        }
        #expect(
            "\(OTLPConfiguration.localTraces)".hasPrefix(
                "OTLPConfiguration(endpoint: http://localhost:4318/v1/traces, protocol: http/protobuf, headers: [], "
            ))
    }

    @Test func whatHoldsOneShowsNone() async throws {
        let spans = Telemetry.SpanDestination.otlp(Self.configuration)
        let metrics = Telemetry.MetricDestination.otlp(Self.configuration)
        #expect("\(spans)" == "otlp(https://collector:4318/v1/traces)")
        #expect("\(metrics)" == "otlp(https://collector:4318/v1/traces, cumulative)")
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.setsGlobalBackend = false
        (configuration.spanExporters, configuration.metricExporters) = ([spans], [metrics])
        let telemetry = try Telemetry(configuration: configuration, environment: ["OTEL_LOG_LEVEL": "none"])
        let exporter = try OTLPSpanExporter(configuration: Self.configuration)
        let texts =
            Self.texts(spans) + Self.texts(metrics) + Self.texts(configuration) + Self.texts(telemetry)
            + Self.texts(exporter)
        for text in texts { #expect(!text.contains(Self.secret)) }
        await telemetry.shutdown(timeout: .milliseconds(1))
    }

    /// The key of a member that makes no sense is shown, what it and the others hold is not.
    @Test(arguments: [
        ("team=a,api.key=s3cret%zz", "api.key"), ("api.key=s3cret=%", "api.key"), ("a=1,=s3cret", "member 2"),
        ("a=s3cret,s3cret", "member 2"), ("s%zzcret=s3cret", "member 1"),
    ])
    func aBadResourceAttributeIsNamedAlone(text: String, shown: String) async throws {
        let log = RecordingLogSink()
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.setsGlobalBackend = false
        configuration.logSink = log
        let telemetry = try Telemetry(
            configuration: configuration, environment: ["OTEL_RESOURCE_ATTRIBUTES": text])
        let entry = try #require(log.entries.first)
        #expect(entry.message.contains(shown) && entry.metadata["value"] == "(not shown)")
        #expect(!"\(log.entries)".contains(Self.secret))
        await telemetry.shutdown()
    }

    @Test(arguments: [
        ("http://c:4318/x", "http://c:4318/x"), ("http://u:s3cret@c/x?k=s3cret", "http://c/x"),
        ("https://[::1]:4318/x", "https://[::1]:4318/x"), ("http://c/a@b", "http://c/a@b"), ("c:4318", "c:4318"),
        ("u:s3cret@c:4318", "c:4318"), ("ftp://u:s3cret@c/x?s3cret", "ftp://c/x"), ("no url#s3cret", "no url"),
        ("http://u:s3/cret@c", "http://c"), ("u:s3?cret@c", "(not shown)"), ("c?mail=a@s3cret", "(not shown)"),
        ("", ""),
    ])
    func whatIsShownOfAnEndpoint(text: String, shown: String) {
        var configuration = OTLPConfiguration(endpoint: text)
        #expect(configuration.shownEndpoint == shown)
        // The same in errors and warnings.
        do throws(OTLPConfigurationError) { try configuration.validate() } catch {
            #expect(error.message.contains("\"\(shown)\""))
            configuration = .localTraces
            var warned: [String] = []
            _ = configuration.reading(
                .traces, from: { $0.hasSuffix("OTLP_ENDPOINT") ? text : nil },
                warn: {
                    warned.append($1); _ = ($0, $2)
                })
            #expect(warned == [shown])
        }
    }
}
