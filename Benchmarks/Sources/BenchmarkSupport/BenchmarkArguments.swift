/// What a program that measures was called with.
///
///     [--quick] [--rounds N]      all cases, beside raw C, interleaved
///     profile CASE [COUNT]        one case without raw C, for a profiler
public struct BenchmarkArguments {
    public let isQuick: Bool
    /// How often each case is measured, if that was said.
    public let rounds: Int?
    /// The case to run alone, and with how many messages if that was said.
    public let profile: (number: Int, count: Int?)?

    public init(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) {
        func number(at index: Int) -> Int? { arguments.indices.contains(index) ? Int(arguments[index]) : nil }
        isQuick = arguments.contains("--quick")
        rounds = arguments.firstIndex(of: "--rounds").flatMap { number(at: $0 + 1) }
        profile = arguments.first == "profile" ? number(at: 1).map { ($0, number(at: 2)) } : nil
    }
}
