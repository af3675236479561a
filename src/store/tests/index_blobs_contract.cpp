#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

constexpr std::size_t kPart = std::size_t{4} << 20;

std::vector<std::byte> pattern(std::size_t size, unsigned seed) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(((i * 2654435761U) ^ (i >> 11) ^ seed) & 0xFF);
    }
    return bytes;
}

/// Saves `bytes` in pieces of `piece` bytes.
std::int64_t save_blob(Store& store, const std::string& name, const std::vector<std::byte>& bytes, std::size_t piece) {
    return store.index_blobs().save({.name = name, .model = kModel, .revision = 7, .count = 42},
                                    [&](const auto& write) {
                                        for (std::size_t i = 0; i < bytes.size(); i += piece) {
                                            write(std::span(bytes).subspan(i, std::min(piece, bytes.size() - i)));
                                        }
                                    });
}

struct Loaded {
    std::vector<std::byte> bytes;
    std::size_t parts = 0;
    std::size_t longest = 0;
};
std::optional<Loaded> load(Store& store, const std::string& name) {
    Loaded loaded;
    const bool found = store.index_blobs().load(name, [&](std::span<const std::byte> part) {
        loaded.bytes.insert(loaded.bytes.end(), part.begin(), part.end());
        loaded.longest = std::max(loaded.longest, part.size());
        ++loaded.parts;
    });
    if (!found) return std::nullopt;
    return loaded;
}

TEST_P(StoreContract, KeepsAnIndexInParts) {
    const auto bytes = pattern(2 * kPart + 12345, 1);
    EXPECT_EQ(save_blob(*store_, "tracks", bytes, 100'003), 1);
    reopen();
    const auto loaded = load(*store_, "tracks");
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->bytes == bytes);
    EXPECT_EQ(loaded->parts, 3u);
    EXPECT_EQ(loaded->longest, kPart);
    const auto info = store_->index_blobs().info("tracks");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->name, "tracks");
    EXPECT_EQ(info->model, kModel);
    EXPECT_EQ(info->version, 1);
    EXPECT_EQ(info->revision, 7);
    EXPECT_EQ(info->count, 42);
    EXPECT_EQ(info->bytes, static_cast<std::int64_t>(bytes.size()));
    EXPECT_GT(info->saved_at, 1e9);
}

TEST_P(StoreContract, PartsDoNotDependOnThePieces) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPart - 1, kPart, kPart + 1}) {
        const auto bytes = pattern(size, 2);
        save_blob(*store_, "tracks", bytes, size + 1);  // in one piece, or none at all
        const auto loaded = load(*store_, "tracks");
        ASSERT_TRUE(loaded);
        EXPECT_TRUE(loaded->bytes == bytes) << size;
        EXPECT_EQ(loaded->parts, (size + kPart - 1) / kPart);
    }
}

TEST_P(StoreContract, ASaveReplacesTheIndexOfItsName) {
    save_blob(*store_, "other", pattern(10, 3), 10);
    save_blob(*store_, "tracks", pattern(kPart + 5, 4), kPart);
    EXPECT_EQ(save_blob(*store_, "tracks", pattern(7, 5), 3), 2);
    EXPECT_TRUE(load(*store_, "tracks")->bytes == pattern(7, 5));
    EXPECT_TRUE(load(*store_, "other")->bytes == pattern(10, 3));
    EXPECT_EQ(store_->index_blobs().info("tracks")->version, 2);
}

TEST_P(StoreContract, ASaveThatFailsLeavesTheIndexBefore) {
    const auto bytes = pattern(100, 6);
    save_blob(*store_, "tracks", bytes, 100);
    EXPECT_THROW(store_->index_blobs().save({.name = "tracks", .model = kModel, .count = 1},
                                            [&](const auto& write) {
                                                write(pattern(kPart, 7));
                                                throw Error(ErrorCode::cancelled, "stopped");
                                            }),
                 Error);
    EXPECT_TRUE(load(*store_, "tracks")->bytes == bytes);
    EXPECT_EQ(store_->index_blobs().info("tracks")->version, 1);
}

TEST_P(StoreContract, UnknownIndex) {
    EXPECT_FALSE(store_->index_blobs().info("none"));
    EXPECT_FALSE(load(*store_, "none"));
}

}  // namespace
}  // namespace audiomuse::store
