import Testing

@testable import SpanlinkTelemetry

/// Each mistake is an error with line and key.
@Suite struct ConfigurationFileMistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int
        let message: String
        var testDescription: String { message }

        /// - Parameter body: the file after `file_format`, from line 2 on.
        init(_ body: String, line: Int, _ message: String) {
            text = "file_format: \"1.0\"\n" + body
            self.line = line
            self.message = message
        }
    }

    private static func traces(_ body: String, line: Int, _ message: String) -> Mistake {
        Mistake(
            "tracer_provider:\n  processors: [{batch: {exporter: {console: }}}]\n\(body)\n", line: line + 3, message)
    }

    private static func otlp(_ body: String, _ message: String, kind: String = "otlp_http") -> Mistake {
        Mistake(
            "tracer_provider:\n  processors:\n    - batch:\n        exporter:\n          \(kind):\n            \(body)\n",
            line: 7, message)
    }

    private static func reader(_ body: String, _ message: String) -> Mistake {
        Mistake(
            "meter_provider:\n  readers:\n    - periodic:\n        exporter: {console: }\n        \(body)\n", line: 6,
            message)
    }

    private static let unknownKeys: [Mistake] = [
        .init("smapler: 1\n", line: 2, "Unknown key \"smapler\" in the file. Known keys: file_format, disabled"),
        traces(
            "  smapler: {}", line: 1,
            "Unknown key \"smapler\" in tracer_provider. Known keys: processors, limits, sampler"),
        traces(
            "  sampler: {always_on: {ratio: 1}}", line: 1, "\"ratio\" in tracer_provider.sampler.always_on. It has no"),
        otlp("endpiont: x", "Unknown key \"endpiont\" in tracer_provider.processors[0].batch.exporter.otlp_http"),
        otlp("insecure: true", "Unknown key \"insecure\"", kind: "otlp_grpc"),
    ]

    private static let unsupported: [Mistake] = [
        .init("logger_provider: {}\n", line: 2, "The key \"logger_provider\" in the file is not supported"),
        .init("\ninstrumentation/development: {}\n", line: 3, "\"instrumentation/development\""),
        .init(
            "propagator:\n  composite:\n  - b3:\n", line: 4,
            "The key \"b3\" in propagator.composite[0] is not supported"),
        .init("propagator: {composite_list: \"b3\"}\n", line: 2, "tracecontext, baggage and none alone"),
        .init("meter_provider:\n  readers:\n  - pull: {}\n", line: 4, "The key \"pull\""),
        .init("meter_provider:\n  meter_configurator/development: {}\n", line: 3, "The key \"meter_configurator"),
        reader("cardinality_limits: {counter: 3}", "\"counter\""),
        otlp("encoding: json", "must be protobuf"),
        traces("  sampler:\n    jaeger_remote/development: {}", line: 2, "jaeger"),
    ]

    private static let wrongValues: [Mistake] = [
        .init("disabled: \"true\"\n", line: 2, "The key disabled must be true or false, not a string"),
        .init("log_level: loud\n", line: 2, "must be one of trace, trace2"),
        .init("tracer_provider: 7\n", line: 2, "The key tracer_provider must be a mapping, not a number"),
        .init("tracer_provider: {}\n", line: 2, "The key tracer_provider needs the key \"processors\""),
        .init("tracer_provider: {processors: []}\n", line: 2, "must have at least one element"),
        .init("tracer_provider: {processors: [{batch: {}}]}\n", line: 2, "needs the key \"exporter\""),
        .init("resource:\n  attributes:\n    key: value\n", line: 4, "must be a sequence, not a mapping"),
        .init("resource: {attributes: [{name: a, value: 7}]}\n", line: 2, "must be a string, not a number"),
        .init(
            "resource: {attributes: [{name: a, value: x, type: int}]}\n", line: 2, "must be an integer, not a string"),
        .init("resource: {attributes: [{value: x}]}\n", line: 2, "needs the key \"name\""),
        .init("resource:\n  attributes_list: nonsense\n", line: 3, "must be key=value pairs"),
        .init("attribute_limits: {attribute_count_limit: -1}\n", line: 2, "must be from 0 to"),
        traces("  limits:\n    link_count_limit: many", line: 2, "must be an integer, not a string"),
        traces("  limits:\n    link_count_limit: 1.5", line: 2, "must be an integer, not a number"),
        traces("  sampler:\n    trace_id_ratio_based:\n      ratio: 1.5", line: 3, "ratio must be from 0 to 1"),
        traces("  sampler:\n    trace_id_ratio_based: {ratio: .nan}", line: 2, "ratio must be from 0 to 1"),
        traces("  sampler: {always_on: , always_off: }", line: 1, "must have exactly one of the keys"),
        traces("  sampler:", line: 1, "The key tracer_provider.sampler must be a mapping, not null"),
        otlp("timeout: 5s", "timeout must be an integer, not a string"),
        otlp("compression: zstd", "must be one of none, gzip"),
        otlp("endpoint: ftp://x", "endpoint must be a whole URL"),
        otlp("tls: {ca_file: ca.pem}", "must be an absolute path"),
        otlp("headers: {a: b}", "must be a sequence, not a mapping"),
        otlp("headers_list: nonsense", "must be name=value pairs"),
        otlp("headers: [{name: \"a b\", value: c}]", "has a header that cannot be sent"),
        otlp("output_stream: trace.jsonl", "must be stdout, or file://", kind: "otlp_file/development"),
        reader("interval: 0", "interval must be from 1 to"),
        reader("cardinality_limits: {default: 0}", "default must be from 1 to"),
        .init(
            "tracer_provider:\n  processors:\n    - batch:\n        exporter: {console: }\n        max_queue_size: 10\n"
                + "        max_export_batch_size: 11\n", line: 7, "must be at most max_queue_size"),
        .init(
            "meter_provider:\n  readers:\n    - periodic: {exporter: {console: }}\n    - periodic: {exporter: {console: }, "
                + "cardinality_limits: {default: 9}}\n", line: 5, "must be the same for all readers"),
        .init("disabled: ${MISSING}\n", line: 2, "The environment variable MISSING is not set"),
        .init("resource:\n  schema_url: ${1}\n", line: 3, "A reference to a variable is invalid"),
    ]

    @Test(arguments: unknownKeys + unsupported + wrongValues) func mistakeHasLineAndKey(_ mistake: Mistake) {
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try ConfigurationFile(Array(mistake.text.utf8), environment: [:])
        }
        #expect(error?.line == mistake.line)
        #expect(error?.message.contains(mistake.message) == true, "\(error?.message ?? "")")
    }

    @Test(
        arguments: [
            ("disabled: true\n", "The file needs the key \"file_format\""),
            ("file_format: 1.0\n", "the string \"1.0\", not a number"),
            ("file_format: \"0.4\"\n", "no other format"), ("- a\n", "The file must be a mapping, not a sequence"),
        ])
    func formatIsChecked(text: String, message: String) {
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try ConfigurationFile(Array(text.utf8), environment: [:])
        }
        #expect(error?.line == 1 && error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// A secret in any value, of the wrong type or form, is not in the message.
    @Test(
        arguments: [
            "endpoint: ${S}", "headers: [{name: ${S}, value: x}]", "headers: [{name: a, value: \"${S}\\n\"}]",
            "headers_list: ${S}", "headers_list: \"${S}=\\u0001\"", "timeout: ${S}", "compression: ${S}",
            "encoding: ${S}",
            "tls: ${S}", "tls: {ca_file: \"${S}\"}",
        ])
    func messageContainsNoValue(_ line: String) {
        let mistake = Self.otlp(line, "")
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try ConfigurationFile(Array(mistake.text.utf8), environment: ["S": "hunter 2"])
        }
        #expect(error?.line == 7 && error?.message.contains("hunter") == false, "\(error?.message ?? "")")
    }
}
