// swift-tools-version: 6.2.1
import PackageDescription

// A package of its own: who depends on Spanlink never sees it. It uses Spanlink's public API alone.
let package = Package(
    name: "spanlink-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "spanlink", path: "..")],
    targets: [
        .systemLibrary(name: "CLibrdkafkaForBaseline", pkgConfig: "rdkafka"),
        .target(
            name: "CKafkaBaseline", dependencies: ["CLibrdkafkaForBaseline"],
            cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "KafkaBenchmarks",
            dependencies: [
                "CKafkaBaseline",
                .product(name: "TracedKafka", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
                .product(name: "TracingTestKit", package: "spanlink"),
            ]),
        .target(name: "COTLPBaseline", cSettings: [.unsafeFlags(["-O2"])]),
        // The tests' own counter: a link to its folder.
        .target(name: "CMallocCounter"),
        .executableTarget(
            name: "ExportBenchmarks",
            dependencies: [
                "CMallocCounter", "COTLPBaseline",
                .product(name: "OTLPExporter", package: "spanlink"),
                .product(name: "TracingCore", package: "spanlink"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
