/// The command: `spanlink demo`.
@main
struct SpanlinkCommand {
    static let usage = """
        Usage: spanlink demo [options]

        Shows how messages fan in: requests published to Kafka, each in its own trace, and a batch consumer whose one
        span is the root of its own trace and links to every request. With KAFKA_BOOTSTRAP_SERVERS set it uses that
        broker, else one inside this process.

          --requests N        requests to handle (200)
          --batch N           most messages of a batch (50)
          --sample-ratio R    share of requests whose traces are sampled, 0…1 (1)
          --link-sampling S   which batch spans are recorded: always, any or all of their links sampled (always)
          --spans FILE        also write all spans to FILE as OTLP JSON lines
          --json              print a summary that a program can read, and nothing else
          --help              print this
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
        } catch {
            Console.error("spanlink: \(error)")
            Console.exit(1)
        }
    }
}
