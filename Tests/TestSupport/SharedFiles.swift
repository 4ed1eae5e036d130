public import Foundation

/// The test data that stands beside the repository, read at test time.
///
/// At the path in the environment variable `SPANLINK_SHARED`, else in `../shared` beside the package root. Tests that
/// need it are skipped where it is absent: `@Test(.enabled(if: SharedFiles.available, SharedFiles.absence))`.
public enum SharedFiles {
    /// The directory, whether or not it exists.
    public static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["SPANLINK_SHARED"], !path.isEmpty {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        let package = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
    }()

    /// Whether the directory exists.
    public static var available: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// Why a test is skipped without the directory.
    public static let absence = "no shared test data: set SPANLINK_SHARED, or put it at ../shared beside the package"

    /// The content of a file, by its path in the directory.
    public static func data(_ path: String) throws -> Data { try Data(contentsOf: root.appendingPathComponent(path)) }

    /// A JSON file as Foundation's objects.
    public static func json(_ path: String) throws -> Any { try JSONSerialization.jsonObject(with: data(path)) }

    /// A JSON file as a value.
    public static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try JSONDecoder().decode(type, from: data(path))
    }
}
