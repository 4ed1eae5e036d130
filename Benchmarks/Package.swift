// swift-tools-version: 6.2.1
import PackageDescription

// A package of its own: who depends on Spanlink never sees it. It uses Spanlink's public API alone.
let package = Package(
    name: "spanlink-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "spanlink", path: "..")],
    targets: [
        // What all share: measuring, and traceparents in plain C.
        .target(name: "CBaseline", cSettings: [.unsafeFlags(["-O2"])]),
        .target(
            name: "BenchmarkSupport",
            dependencies: [
                "CBaseline", .product(name: "OTLPFormat", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
            ],
            swiftSettings: [.enableUpcomingFeature("InternalImportsByDefault")]),
        .systemLibrary(name: "CLibrdkafkaForBaseline", pkgConfig: "rdkafka"),
        .target(
            name: "CKafkaBaseline", dependencies: ["CBaseline", "CLibrdkafkaForBaseline"],
            cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "KafkaBenchmarks",
            dependencies: [
                "BenchmarkSupport", "CKafkaBaseline",
                .product(name: "TracedKafka", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
                .product(name: "TracingTestKit", package: "spanlink"),
            ]),
        .systemLibrary(name: "CLibrabbitmqForBaseline", pkgConfig: "librabbitmq"),
        .target(
            name: "CAMQPBaseline", dependencies: ["CBaseline", "CLibrabbitmqForBaseline"],
            cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("rabbitmq")]),
        .executableTarget(
            name: "AMQPBenchmarks",
            dependencies: [
                "BenchmarkSupport", "CAMQPBaseline",
                .product(name: "TracedAMQP", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
            ]),
        .systemLibrary(name: "CLibcurlForBaseline", pkgConfig: "libcurl"),
        .target(
            name: "CPostBaseline", dependencies: ["CLibcurlForBaseline"], cSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "COTLPBaseline", cSettings: [.unsafeFlags(["-O2"])]),
        // The tests' own counter: a link to its folder.
        .target(name: "CMallocCounter"),
        .executableTarget(
            name: "ExportBenchmarks",
            dependencies: [
                "BenchmarkSupport", "CMallocCounter", "COTLPBaseline", "CPostBaseline",
                .product(name: "MessagingTracing", package: "spanlink"),
                .product(name: "OTLPExporter", package: "spanlink"),
                .product(name: "OTLPFormat", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
            ]),
        .executableTarget(
            name: "MetricsBenchmarks",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "MessagingTracing", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
