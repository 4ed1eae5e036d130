// swift-tools-version: 6.2.1
import PackageDescription

// The default build needs the toolchain and system C libraries alone. Each trait brings one integration with the Swift
// server packages; what only a disabled trait uses is never resolved.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "spanlink",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TracingCore", targets: ["TracingCore"]),
        .library(name: "Telemetry", targets: ["Telemetry"]),
        .library(name: "MessagingTracing", targets: ["MessagingTracing"]),
        .library(name: "TracedKafka", targets: ["TracedKafka"]),
    ],
    targets: [
        .systemLibrary(
            name: "CLibrdkafka",
            pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]
        ),
        .target(name: "TracingCore", swiftSettings: settings),
        .target(name: "Telemetry", dependencies: ["TracingCore"], swiftSettings: settings),
        .target(name: "MessagingTracing", dependencies: ["TracingCore"], swiftSettings: settings),
        .target(
            name: "TracedKafka", dependencies: ["CLibrdkafka", "MessagingTracing", "TracingCore"],
            swiftSettings: settings),

        .target(name: "CMallocCounter", path: "Tests/CMallocCounter"),
        .target(name: "TestSupport", dependencies: ["TracingCore"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "TracingCoreTests", dependencies: ["TracingCore", "TestSupport", "CMallocCounter", "TerminationProbe"],
            swiftSettings: settings),
        .executableTarget(
            name: "TerminationProbe", dependencies: ["TracingCore"], path: "Tests/TerminationProbe",
            swiftSettings: settings),
        .testTarget(
            name: "TelemetryTests", dependencies: ["Telemetry", "TracingCore", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "MessagingTracingTests", dependencies: ["MessagingTracing", "TracingCore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "TracedKafkaTests", dependencies: ["TracedKafka"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
