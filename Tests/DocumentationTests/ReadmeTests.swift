import Foundation
import Testing

/// The examples in the README are the snippets, which every build compiles.
@Suite struct ReadmeTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: ["Producer", "BatchConsumer", "AMQP"])
    func showsTheSnippet(name: String) throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let snippet = try String(
            contentsOf: Self.root.appendingPathComponent("Snippets/\(name).swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(snippet)```"))
        #expect(snippet.split(separator: "\n").count <= 12)
    }

    /// Every module and every C library is in the table of dependencies or of modules.
    @Test func namesEveryModule() throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let modules = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources").path)
        for module in modules where !module.hasPrefix("C") && !module.hasPrefix(".") {
            #expect(readme.contains("`\(module)`"), "the README does not name \(module)")
        }
    }
}
