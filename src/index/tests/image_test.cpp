#include "image.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <cstring>

#include "audiomuse/base/error.h"
#include "index_testing.h"

namespace audiomuse::index {
namespace {

constexpr std::size_t kDimension = 6;
constexpr IndexParams kParams = {.M = 4, .ef_construction = 20, .ef_search = 20, .seed = 9};

std::unique_ptr<VectorIndex> small_index(std::size_t count) {
    auto index = create_index(kDimension, kParams);
    Random random(1);
    for (std::size_t i = 1; i <= count; ++i)
        index->add(static_cast<std::int64_t>(i), random_vector(random, kDimension));
    if (count > 10) index->remove(5);
    return index;
}

void expect_damaged(std::span<const std::byte> image) {
    try {
        load_index(image);
        FAIL() << "a damaged image of " << image.size() << " bytes was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::damaged);
    }
}

void fix_checksum(std::vector<std::byte>& image) {
    boost::crc_32_type crc;
    crc.process_bytes(image.data(), image.size() - 4);
    const std::uint32_t checksum = crc.checksum();
    std::memcpy(image.data() + image.size() - 4, &checksum, 4);
}

TEST(Image, LoadsWhatWasSaved) {
    const auto index = small_index(3000);  // large enough for graph searches
    const auto loaded = load_index(saved(*index));
    EXPECT_EQ(loaded->dimension(), kDimension);
    EXPECT_EQ(loaded->ids(), index->ids());
    EXPECT_FALSE(loaded->contains(5));
    Random random(2);
    for (int i = 0; i < 50; ++i) {
        const auto query = random_vector(random, kDimension);
        EXPECT_EQ(loaded->search(query, 15), index->search(query, 15));
    }
    EXPECT_EQ(saved(*loaded), saved(*index));
}

TEST(Image, ALoadedIndexGrowsAsTheSavedOneWould) {
    const auto index = small_index(400);
    const auto loaded = load_index(saved(*index));
    Random random(3);
    for (std::int64_t id = 1000; id < 1800; ++id) {
        const auto vector = random_vector(random, kDimension);
        index->add(id, vector);
        loaded->add(id, vector);
    }
    EXPECT_EQ(saved(*loaded), saved(*index));
}

TEST(Image, OfAnEmptyIndex) {
    const auto loaded = load_index(saved(*create_index(kDimension, kParams)));
    EXPECT_EQ(loaded->size(), 0U);
    loaded->add(1, std::vector<float>(kDimension, 1.0F));
    EXPECT_EQ(loaded->size(), 1U);
}

TEST(Image, EveryTruncationIsRefused) {
    const auto image = saved(*small_index(40));
    for (std::size_t size = 0; size < image.size(); ++size)
        expect_damaged(std::span(image).first(size));
    auto longer = image;
    longer.push_back(std::byte{0});
    expect_damaged(longer);
}

TEST(Image, EveryFlippedBitIsRefused) {
    auto image = saved(*small_index(25));
    for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
        image[bit / 8] ^= std::byte{1} << (bit % 8);
        expect_damaged(image);
        image[bit / 8] ^= std::byte{1} << (bit % 8);
    }
    EXPECT_EQ(load_index(image)->size(), 24U);
}

/// Damage made on purpose, with a checksum that fits: refused, or else an index that can be used without reading
/// elsewhere.
TEST(Image, ForgedBytesNeverCrash) {
    const auto image = saved(*small_index(60));
    Random random(4);
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 4000; ++round) {
        auto forged = image;
        const std::int64_t changes = random.integer(1, 3);
        for (std::int64_t change = 0; change < changes; ++change) {
            const auto at = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(forged.size()) - 5));
            forged[at] = static_cast<std::byte>(random.integer(0, 255));
        }
        fix_checksum(forged);
        try {
            const auto index = load_index(forged);
            ++accepted;
            index->search(std::vector<float>(index->dimension(), 1.0F), 10);
            index->add(9999, std::vector<float>(index->dimension(), 1.0F));
        } catch (const Error& error) {
            ++refused;
            EXPECT_EQ(error.code(), ErrorCode::damaged);
        }
    }
    EXPECT_GT(refused, 0);
    EXPECT_GT(accepted, 0);  // e.g. an id that was changed
}

TEST(Image, AnotherVersionIsRefused) {
    for (const int version : {0, 1, 3}) {
        auto image = saved(*small_index(3));
        image[8] = static_cast<std::byte>(version);
        fix_checksum(image);
        expect_damaged(image);
    }
}

}  // namespace
}  // namespace audiomuse::index
