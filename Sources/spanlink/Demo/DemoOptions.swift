import MessagingTracing

/// What the demo is asked to do.
struct DemoOptions {
    /// Which spans over linked messages are recorded.
    enum LinkSampling: String {
        case always, any, all
    }

    /// As many links as the adapters give a span at most, unless they are asked for more.
    static let maxBatch = MessagingTracingOptions().maxLinksPerSpan

    var requests = 200
    var batch = 50
    /// How long a batch waits to be full.
    var maxWait = Duration.seconds(3)
    var sampleRatio = 1.0
    var linkSampling = LinkSampling.always
    /// Where RabbitMQ is; `nil` when nobody said.
    var amqpURL = Console.environment("AMQP_URL")
    /// Where an OTLP receiver is; `nil` when the environment may say.
    var otlpEndpoint: String?
    var spansFile: String?
    var isJSON = false

    init(_ arguments: inout Arguments) throws {
        let count: (String) -> Int? = { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        let text: (String) -> String? = { $0.isEmpty ? nil : $0 }
        while let option = arguments.nextWord() {
            switch option {
            case "--requests": requests = try arguments.value(of: option, count, "a number from 1")
            case "--batch":
                batch = try arguments.value(
                    of: option, { count($0).flatMap { $0 <= Self.maxBatch ? $0 : nil } },
                    "a number from 1 to \(Self.maxBatch)")
            case "--max-wait":
                maxWait = try arguments.value(
                    of: option, { count($0).map { .seconds($0) } }, "a number of seconds from 1")
            case "--sample-ratio":
                sampleRatio = try arguments.value(
                    of: option, { Double($0).flatMap { (0...1).contains($0) ? $0 : nil } }, "a number from 0 to 1")
            case "--link-sampling":
                linkSampling = try arguments.value(of: option, LinkSampling.init, "always, any or all")
            case "--amqp-url": amqpURL = try arguments.value(of: option, text, "a URL such as amqp://localhost")
            case "--otlp-endpoint":
                otlpEndpoint = try arguments.value(of: option, text, "a URL such as http://localhost:4318")
            case "--spans": spansFile = try arguments.value(of: option, text, "a file")
            case "--json": isJSON = true
            case "--help", "-h": throw HelpRequest()
            default: throw UsageError("demo has no option '\(option)'")
            }
        }
    }
}
