import CLibcurl

/// The abilities of a libcurl.
struct LibcurlFeatures: Sendable {
    /// Such as `7.88.1`.
    var version: String

    /// Those of the library that the process has loaded.
    static let installed: LibcurlFeatures = {
        guard let info = spanlink_curl_version_info() else { return LibcurlFeatures(version: "") }
        return LibcurlFeatures(version: info.pointee.version.map { String(cString: $0) } ?? "")
    }()
}
