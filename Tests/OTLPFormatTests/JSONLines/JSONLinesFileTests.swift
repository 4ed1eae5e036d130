import Foundation
import OTLPFormat
import TestSupport
import Testing
import TracingCore

@Suite struct JSONLinesFileTests {
    private let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("spanlink-\(UUID().uuidString).jsonl").path

    private func lines() throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func fileAppendsOrStartsAnew() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (mode, text) in [(JSONLinesFile.Mode.append, "1\n"), (.append, "2\n"), (.truncate, "3\n")] {
            let file = JSONLinesFile(path: path, mode: mode, log: NoLogSink())
            #expect(file.write(Array(text.utf8)))
            if text == "2\n" { #expect(try lines() == ["1", "2"]) }
            file.close()
        }
        #expect(try lines() == ["3"])
    }

    @Test func newFileIsReadableByItsOwnerAlone() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        JSONLinesFile(path: path, log: NoLogSink()).close()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func linesOfSeveralThreadsStayWhole() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = JSONLinesFile(path: path, log: NoLogSink())
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                let line = Array((String(repeating: "\(writer)", count: 1_000) + "\n").utf8)
                group.addTask { for _ in 0..<100 { #expect(file.write(line)) } }
            }
        }
        let lines = try lines()
        #expect(lines.count == 400)
        #expect(lines.allSatisfy { Set($0).count == 1 && $0.count == 1_000 })
    }

    /// `program > file`: what it prints itself, before and after, stays.
    @Test(arguments: ["/dev/stdout", "/dev/fd/1"], [JSONLinesFile.Mode.append, .truncate])
    func linesKeepTheirPlaceInOutputOfTheProgram(name: String, mode: JSONLinesFile.Mode) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let output = try #require(FileHandle(forWritingAtPath: path))
        output.write(Data("before\n".utf8))
        let file = JSONLinesFile(path: name, mode: mode, log: NoLogSink(), standardOutput: output.fileDescriptor)
        #expect(file.write(Array("{}\n".utf8)))
        output.write(Data("between\n".utf8))
        #expect(file.write(Array("[]\n".utf8)))
        file.close()
        output.write(Data("after\n".utf8))
        #expect(try lines() == ["before", "{}", "between", "[]", "after"])
    }

    /// As under a supervisor that gives its programs sockets: those cannot be opened by a path.
    @Test func standardOutputMayBeASocket() throws {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let (output, reader) = (ends[0], FileHandle(fileDescriptor: ends[1], closeOnDealloc: true))
        let log = RecordingLogSink()
        let file = JSONLinesFile(path: "/dev/stdout", log: log, standardOutput: output)
        close(output)
        #expect(file.write(Array("{}\n".utf8)))
        file.close()
        #expect(try reader.readToEnd() == Data("{}\n".utf8))
        #expect(log.entries.isEmpty)
    }

    @Test func closedStandardOutputIsLogged() {
        let log = RecordingLogSink()
        let file = JSONLinesFile(path: "/dev/stdout", log: log, standardOutput: -1)
        #expect(!file.isOpen && !file.write([0x0A]))
        #expect(log.entries.map(\.metadata) == [["path": "/dev/stdout", "error": "Bad file descriptor"]])
    }

    @Test func fileThatCannotBeOpenedIsLoggedOnce() {
        let log = RecordingLogSink()
        let file = JSONLinesFile(path: "/nowhere/at/all.jsonl", log: log)
        #expect(!file.write([0x0A]))
        #expect(!file.write([0x0A]))
        #expect(file.failures == 2)
        #expect(
            log.entries.map(\.metadata) == [["path": "/nowhere/at/all.jsonl", "error": "No such file or directory"]])
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/full"), "needs /dev/full"))
    func fullDiskIsLoggedOnce() {
        let log = RecordingLogSink()
        let file = JSONLinesFile(path: "/dev/full", log: log)
        for _ in 0..<3 { #expect(!file.write([0x0A])) }
        #expect(file.failures == 3)
        #expect(log.entries.map { $0.metadata["error"] } == ["No space left on device"])
    }

    @Test func metricExporterWritesALineAnExport() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let reader = PeriodicMetricReader(
            exporter: JSONLinesMetricExporter(path: path), interval: .seconds(3_600), log: NoLogSink())
        let provider = MeterProvider(
            resource: Resource(attributes: ["service.name": "svc"]), readers: [reader], log: NoLogSink())
        let counter = provider.counter(name: "c", scope: InstrumentationScope(name: "s"))
        counter.add(1, attributes: ["text": "a\nb"])
        #expect(await provider.forceFlush())
        counter.add(1)
        #expect(await provider.shutdown())
        let lines = try lines()
        #expect(lines.count == 2)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect((object?["resourceMetrics"] as? [Any])?.count == 1)
        }
    }

    @Test func sharedFileStaysOpenForOthers() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = JSONLinesFile(path: path, log: NoLogSink())
        let exporter = JSONLinesMetricExporter(file: file)
        #expect(exporter.export([], resource: Resource(), deadline: .now))
        exporter.shutdown(deadline: .now)
        #expect(file.write(Array("{}\n".utf8)))
        #expect(try lines().count == 2)
    }
}
