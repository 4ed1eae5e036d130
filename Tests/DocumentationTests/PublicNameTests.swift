import Foundation
import Testing

/// Public names of the modules that users import, read from the sources.
@Suite struct PublicNameTests {
    /// The top-level public types, each with its module.
    private static func types() throws -> [(name: String, module: String)] {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let declaration =
            /^(?:@\S+ )*public (?:final |indirect |nonisolated )*(?:struct|class|enum|protocol|actor|typealias) (\w+)/
        var types: [(name: String, module: String)] = []
        let files = try #require(FileManager.default.enumerator(atPath: sources.path))
        for case let path as String in files where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
            let module = String(path.prefix { $0 != "/" })
            for line in text.split(separator: "\n") {
                if let match = line.prefixMatch(of: declaration) { types.append((String(match.1), module)) }
            }
        }
        return types
    }

    @Test func publicNamesAreUnique() throws {
        let types = try Self.types()
        #expect(types.count > 100)
        let byName = Dictionary(grouping: types, by: \.name)
        for (name, uses) in byName {
            // Two declarations in one module are the two sides of a trait.
            #expect(Set(uses.map(\.module)).count == 1, "\(name) is in \(uses.map(\.module))")
        }
    }

    @Test func noPublicTypeHasTheNameOfAModule() throws {
        let types = try Self.types()
        let modules = Set(types.map(\.module))
        #expect(modules.count > 5)
        for type in types { #expect(!modules.contains(type.name), "\(type.module) has a type \(type.name)") }
    }
}
