import Testing

@testable import TracedKafka

@Suite struct LibraryVersionTests {
    @Test func seeksWaitAsLongAsTheyAreTold() {
        #expect(LibraryVersion.seekTimeout(10_000, version: 0x0200_02ff) == 10_000_000)
        #expect(LibraryVersion.seekTimeout(.max, version: 0x0200_02ff) == .max)
        #expect(LibraryVersion.seekTimeout(0, version: 0x0200_02ff) == 0)
        #expect(LibraryVersion.seekTimeout(10_000, version: 0x0201_00ff) == 10_000)
        #expect(LibraryVersion.seekTimeout(.max, version: 0x0206_01ff) == .max)
    }
}
