/// The command: `spanlink demo`.
@main
struct SpanlinkCommand {
    static let usage = """
        Usage: spanlink demo [options]

        Shows how messages fan in. Requests, each in a trace of its own, publish orders to Kafka; a batch consumer settles
        many of them in one span, which is the root of its own trace and links to all; what is settled goes to RabbitMQ,
        where the next batch consumer links to it in turn.

        Kafka is inside this process, unless KAFKA_BOOTSTRAP_SERVERS names a broker. RabbitMQ is the one that AMQP_URL or
        --amqp-url names; without one the Kafka half is shown.

          --requests N        requests to handle (200)
          --batch N           most orders of a batch; payouts take twice as many (50)
          --max-wait N        how many seconds a batch waits to be full (3)
          --sample-ratio R    share of requests whose traces are sampled, 0…1 (1)
          --link-sampling S   which batch spans are recorded: always, any or all of their links sampled (always)
          --amqp-url URL      a RabbitMQ: amqp://user:password@host:port/vhost
          --otlp-endpoint URL also send all spans by OTLP over HTTP, to URL/v1/traces (the OTEL_EXPORTER_OTLP_… variables
                              count too, for the endpoint, headers, certificates and the rest)
          --spans FILE        also write all spans to FILE as OTLP JSON lines
          --json              print a summary that a program can read, and nothing else
          --help              print this

        Ends with 0 when every message was linked and every link was found, 1 when not (or RabbitMQ was named and cannot
        be used), 2 when the command line makes no sense, 130 when it is interrupted.
        """

    static func main() async {
        do {
            var arguments = Arguments(CommandLine.arguments.dropFirst())
            switch arguments.nextWord() {
            case "demo":
                let options = try DemoOptions(&arguments)
                try await Demo(options).run()
            case "help", "--help", "-h", nil:
                print(usage)
            case let other?:
                throw UsageError("there is no command '\(other)'")
            }
        } catch is HelpRequest {
            print(usage)
        } catch let error as UsageError {
            Console.error("spanlink: \(error.message)\n\n\(usage)")
            Console.exit(2)
        } catch let interruption as DemoInterruption {
            Console.error("spanlink: interrupted; \(interruption.progress)")
            Console.exit(130)
        } catch {
            Console.error("spanlink: \(error)")
            Console.exit(1)
        }
    }
}
