import Foundation
import Testing

/// The C library and the standard library's lock reach all modules through one file each.
@Suite struct ImportTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(arguments: ["Sources", "Tests"]) func onlyTheRuntimeImportsThePlatform(folder: String) throws {
        let platform =
            /^\s*(@\w+\s+)*(public |package |internal |private )?import (Glibc|Musl|Darwin|Synchronization)\b/
        let files = FileManager.default.enumerator(
            at: Self.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
        var count = 0
        for case let file as URL in try #require(files)
        where file.pathExtension == "swift" && !file.path.contains("/Sources/SpanlinkRuntime/") {
            count += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            let imports = text.split(separator: "\n").filter { $0.firstMatch(of: platform) != nil }
            #expect(imports.isEmpty, "\(file.lastPathComponent): import SpanlinkRuntime instead")
        }
        #expect(count > 50)
    }
}
