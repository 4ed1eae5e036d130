import SpanlinkRuntime

/// Entries under tags that count up by one, such as delivery tags and publish sequence numbers: found without a hash, taken
/// one by one or all up to a tag.
struct TagWindow<Entry> {
    /// The entries from `firstTag` on; `nil` where one was removed out of turn, never at the front.
    private var entries = Deque<Entry?>()
    private var firstTag: UInt64

    /// How many entries there are.
    private(set) var count = 0

    /// Nothing, before `tag`.
    init(nextTag: UInt64 = 1) { firstTag = nextTag }

    var isEmpty: Bool { count == 0 }
    /// The tag that the next entry gets.
    var nextTag: UInt64 { firstTag + UInt64(entries.count) }
    /// The lowest tag that has an entry.
    var lowestTag: UInt64? { count == 0 ? nil : firstTag }

    /// The entry with the lowest tag.
    var first: Entry? { count == 0 ? nil : entries[0] }

    @discardableResult
    mutating func append(_ entry: Entry) -> UInt64 {
        let tag = nextTag
        entries.append(entry)
        count += 1
        return tag
    }

    /// Notes that `tag` comes next. False when it was there already, or is further ahead than any honest peer counts, or the
    /// last of all, after which none comes.
    mutating func append(_ entry: Entry, at tag: UInt64) -> Bool {
        guard tag >= nextTag, tag < .max, count == 0 || tag - nextTag < 1 << 20 else { return false }
        if count == 0 {
            firstTag = tag
        }
        while nextTag < tag { entries.append(nil) }
        append(entry)
        return true
    }

    func contains(_ tag: UInt64) -> Bool { index(of: tag).map { entries[$0] != nil } ?? false }

    mutating func remove(_ tag: UInt64) -> Entry? {
        guard let index = index(of: tag), let entry = entries[index] else { return nil }
        entries[index] = nil
        count -= 1
        trim()
        return entry
    }

    /// Takes every entry up to and with `tag`, in order.
    mutating func remove(through tag: UInt64) -> [Entry] {
        guard tag >= firstTag else { return [] }
        let end = tag >= nextTag ? entries.count : Int(tag - firstTag) + 1
        let taken = entries[..<end].compactMap(\.self)
        entries.removeFirst(end)
        firstTag += UInt64(end)
        count -= taken.count
        trim()
        return taken
    }

    mutating func removeAll() -> [Entry] { remove(through: .max) }

    /// Changes the first entry for which `change` returns true.
    mutating func changeFirst(_ change: (inout Entry) -> Bool) -> Bool {
        for index in entries.indices {
            guard var entry = entries[index] else { continue }
            if change(&entry) {
                entries[index] = entry
                return true
            }
        }
        return false
    }

    /// How many entries have tags up to and with `tag`.
    func count(through tag: UInt64) -> Int {
        guard tag >= firstTag else { return 0 }
        let end = tag >= nextTag ? entries.count : Int(tag - firstTag) + 1
        return entries[..<end].count { $0 != nil }
    }

    private func index(of tag: UInt64) -> Int? {
        tag >= firstTag && tag < nextTag ? Int(tag - firstTag) : nil
    }

    /// Removes the tags at the front that have no entry.
    private mutating func trim() {
        while !entries.isEmpty, entries[0] == nil {
            _ = entries.popFirst()
            firstTag += 1
        }
    }
}
