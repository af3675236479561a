#include "audiomuse/library/audio_signature.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "audiomuse/base/error.h"

namespace audiomuse::library {

namespace {

constexpr std::uint64_t kWindow = 64 * 1024;

[[noreturn]] void fail(const std::filesystem::path& path) {
    const int reason = errno;
    throw Error(reason == ENOENT ? ErrorCode::not_found : ErrorCode::io,
                "The file " + path.string() + " cannot be read: " + std::strerror(reason) + ".");
}

/// A file open for reading at any place.
class InputFile {
public:
    explicit InputFile(const std::filesystem::path& path)
        : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status = {};
        if (fd_ < 0) fail(path_);
        if (::fstat(fd_, &status) != 0) {
            ::close(fd_);
            fail(path_);
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
    ~InputFile() { ::close(fd_); }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    std::uint64_t size() const { return size_; }
    /// Up to `length` bytes, fewer at the end of the file.
    std::string read(std::uint64_t offset, std::uint64_t length) const {
        if (offset >= size_) return {};
        std::string bytes(static_cast<std::size_t>(std::min(length, size_ - offset)), '\0');
        std::size_t got = 0;
        while (got < bytes.size()) {
            const ssize_t count =
                ::pread(fd_, bytes.data() + got, bytes.size() - got, static_cast<off_t>(offset + got));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(path_);
            if (count == 0) break;
            got += static_cast<std::size_t>(count);
        }
        bytes.resize(got);
        return bytes;
    }

private:
    std::filesystem::path path_;
    int fd_;
    std::uint64_t size_ = 0;
};

class Hash {
public:
    Hash() { crypto_generichash_init(&state_, nullptr, 0, kBytes); }
    void add(std::string_view bytes) {
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    }
    void add(std::uint64_t number) {
        std::array<char, 8> bytes{};
        for (std::size_t i = 0; i < 8; ++i)
            bytes[i] = static_cast<char>(number >> (8 * i));
        add(std::string_view(bytes.data(), bytes.size()));
    }
    std::string hex() {
        std::array<unsigned char, kBytes> digest{};
        crypto_generichash_final(&state_, digest.data(), digest.size());
        std::array<char, 2 * kBytes + 1> text{};
        sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
        return text.data();
    }

private:
    static constexpr std::size_t kBytes = 16;
    crypto_generichash_state state_{};
};

enum class Order { big, little };

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count, Order order) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i) {
        const std::uint64_t byte = static_cast<unsigned char>(bytes[at + i]);
        number = order == Order::big ? number << 8 | byte : number | byte << (8 * i);
    }
    return number;
}

/// Part of a file.
struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Chunks of name and size, one after the other; the first called `wanted`. Length 0: there is none.
struct ChunkLayout {
    std::uint64_t first;      // offset of the first chunk
    std::string_view wanted;  // its name; the size follows
    std::size_t size_bytes;
    Order order;
    bool size_has_header;
    bool padded;  // to even lengths
};
Range find_chunk(const InputFile& file, const ChunkLayout& layout) {
    const std::size_t name_bytes = layout.wanted.size();
    const std::uint64_t header = name_bytes + layout.size_bytes;
    std::uint64_t at = layout.first;
    for (int chunks = 0; chunks < 10'000 && at + header <= file.size(); ++chunks) {
        const std::string bytes = file.read(at, header);
        const std::uint64_t size = number_at(bytes, name_bytes, layout.size_bytes, layout.order);
        const std::uint64_t content = layout.size_has_header ? size - std::min(size, header) : size;
        const std::uint64_t left = file.size() - at - header;
        if (std::string_view(bytes).substr(0, name_bytes) == layout.wanted)
            return {at + header, std::min(content, left)};
        if (content > left) break;
        at += header + content + (layout.padded ? content % 2 : 0);
    }
    return {};
}

/// The media data of an MP4 file. Sizes have the special values 0 (to the end) and 1 (64 bits follow).
Range find_mdat(const InputFile& file) {
    Range largest;
    std::uint64_t at = 0;
    for (int atoms = 0; atoms < 10'000 && at + 8 <= file.size(); ++atoms) {
        const std::string bytes = file.read(at, 16);
        std::uint64_t size = number_at(bytes, 0, 4, Order::big);
        std::uint64_t header = 8;
        if (size == 1) {
            size = number_at(bytes, 8, 8, Order::big);
            header = 16;
        }
        if (size == 0 || size > file.size() - at) size = file.size() - at;
        if (size < header) break;
        if (std::string_view(bytes).substr(4, 4) == "mdat" && size - header > largest.length)
            largest = {at + header, size - header};
        at += size;
    }
    return largest;
}

/// The file without the tags that stand at its begin and end.
Range without_outer_tags(const InputFile& file) {
    std::uint64_t begin = 0;
    for (int tags = 0; tags < 16; ++tags) {
        const std::string head = file.read(begin, 10);
        if (!head.starts_with("ID3") || head.size() < 10) break;
        std::uint64_t size = 10;
        for (std::size_t i = 0, shift = 21; i < 4; ++i, shift -= 7) {
            size += static_cast<std::uint64_t>(static_cast<unsigned char>(head[6 + i]) & 0x7F) << shift;
        }
        if (static_cast<unsigned char>(head[5]) & 0x10) size += 10;  // a footer repeats the header
        begin += size;
    }
    begin = std::min(begin, file.size());
    std::uint64_t end = file.size();
    for (int tags = 0; tags < 16; ++tags) {
        const std::uint64_t left = end - begin;
        std::uint64_t size = 0;
        if (left >= 128 && file.read(end - 128, 3) == "TAG") {
            size = 128;
        } else if (const std::string foot = left >= 32 ? file.read(end - 32, 32) : ""; foot.starts_with("APETAGEX")) {
            const bool has_header = (number_at(foot, 20, 4, Order::little) >> 31) != 0;
            size = number_at(foot, 12, 4, Order::little) + (has_header ? 32 : 0);
        } else if (left >= 15 && foot.ends_with("LYRICS200")) {
            const std::string digits = foot.substr(foot.size() - 15, 6);
            if (std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
                size = std::stoul(digits) + 15;
        }
        if (size == 0 || size > left) break;
        end -= size;
    }
    return {begin, end - begin};
}

void add_range(Hash& hash, const InputFile& file, Range range) {
    hash.add(range.length);
    if (range.length <= 3 * kWindow) {
        hash.add(file.read(range.offset, range.length));
        return;
    }
    hash.add(file.read(range.offset, kWindow));
    hash.add(file.read(range.offset + (range.length - kWindow) / 2, kWindow));
    hash.add(file.read(range.offset + range.length - kWindow, kWindow));
}

/// `begin` is the place of "fLaC".
void add_flac(Hash& hash, const InputFile& file, std::uint64_t begin, std::uint64_t end) {
    std::uint64_t at = begin + 4;
    for (int blocks = 0; blocks < 10'000 && at < end; ++blocks) {
        const std::string head = file.read(at, 4);
        if (head.size() < 4) break;
        const auto type = static_cast<unsigned char>(head[0]);
        const std::uint64_t size = number_at(head, 1, 3, Order::big);
        if ((type & 0x7F) == 0 && size == 34) {
            const std::string info = file.read(at + 4, 34);
            const std::string md5 = info.size() == 34 ? info.substr(18) : "";
            if (md5.find_first_not_of('\0') != std::string::npos) {
                hash.add(std::string_view(info).substr(10));  // rate, channels, bits, length, MD5
                return;
            }
        }
        at += 4 + size;
        if (type & 0x80) break;
    }
    at = std::min(at, end);
    add_range(hash, file, {at, end - at});
}

constexpr std::size_t kPageHeader = 27;

struct OggPage {
    std::uint64_t granule = 0;
    std::uint64_t body = 0;  // offset within the file, or within the text it was parsed from
    std::uint64_t body_bytes = 0;
    /// Pages of the headers have position 0, pages on which no packet ends -1.
    bool is_audio() const { return granule != 0 && granule != ~std::uint64_t{0}; }
};

/// The page at the begin of `bytes`; false when there is none.
bool parse_page(std::string_view bytes, std::uint64_t offset, OggPage& page) {
    if (bytes.size() < kPageHeader || !bytes.starts_with("OggS")) return false;
    const std::size_t segments = static_cast<unsigned char>(bytes[26]);
    if (bytes.size() < kPageHeader + segments) return false;
    page.granule = number_at(bytes, 6, 8, Order::little);
    page.body = offset + kPageHeader + segments;
    page.body_bytes = 0;
    for (std::size_t i = 0; i < segments; ++i)
        page.body_bytes += static_cast<unsigned char>(bytes[kPageHeader + i]);
    return true;
}

void add_ogg(Hash& hash, const InputFile& file) {
    // The first audio pages, by their headers alone until there.
    std::uint64_t at = 0;
    std::uint64_t hashed = 0;
    OggPage page;
    for (int pages = 0; pages < 100'000 && hashed < kWindow; ++pages) {
        if (!parse_page(file.read(at, kPageHeader + 255), at, page)) break;
        if (page.is_audio()) {
            hash.add(page.granule);
            hash.add(file.read(page.body, page.body_bytes));
            hashed += page.body_bytes;
        }
        at = page.body + page.body_bytes;
    }
    // The last ones.
    const std::uint64_t from = file.size() - std::min(file.size(), 2 * kWindow);
    const std::string tail = file.read(from, 2 * kWindow);
    for (std::size_t found = tail.find("OggS"); found != std::string::npos; found = tail.find("OggS", found)) {
        if (!parse_page(std::string_view(tail).substr(found), found, page) ||
            page.body + page.body_bytes > tail.size()) {
            found += 4;
            continue;
        }
        if (page.is_audio()) {
            hash.add(page.granule);
            hash.add(std::string_view(tail).substr(page.body, page.body_bytes));
        }
        found = page.body + page.body_bytes;
    }
}

/// The payload of containers that keep tags in chunks of their own; length 0 for all others.
Range media_chunk(const InputFile& file) {
    const std::string head = file.read(0, 16);
    const std::string_view text = head;
    if (text.starts_with("RIFF") || text.starts_with("RF64"))
        return find_chunk(file, {12, "data", 4, Order::little, false, true});
    if (text.starts_with("FORM")) return find_chunk(file, {12, "SSND", 4, Order::big, false, true});
    if (text.starts_with("caff")) return find_chunk(file, {8, "data", 8, Order::big, false, false});
    if (text.starts_with("DSD ")) return find_chunk(file, {0, "data", 8, Order::little, true, false});
    if (text.starts_with("FRM8")) return find_chunk(file, {16, "DSD ", 8, Order::big, false, true});
    if (text.size() == 16 && text.substr(4, 4) == "ftyp") return find_mdat(file);
    if (text.starts_with("\x30\x26\xB2\x75\x8E\x66\xCF\x11")) {
        static constexpr std::string_view kDataObject(
            "\x36\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C", 16);
        const std::uint64_t header = number_at(file.read(16, 8), 0, 8, Order::little);
        return find_chunk(file, {header, kDataObject, 8, Order::little, true, false});
    }
    return {};
}

}  // namespace

std::string audio_signature(const std::filesystem::path& path) {
    const InputFile file(path);
    Hash hash;
    if (file.read(0, 4) == "OggS") {
        add_ogg(hash, file);
        return hash.hex();
    }
    if (const Range chunk = media_chunk(file); chunk.length > 0) {
        add_range(hash, file, chunk);
        return hash.hex();
    }
    const Range inner = without_outer_tags(file);
    if (file.read(inner.offset, 4) == "fLaC") {
        add_flac(hash, file, inner.offset, inner.offset + inner.length);
    } else {
        add_range(hash, file, inner);
    }
    return hash.hex();
}

}  // namespace audiomuse::library
