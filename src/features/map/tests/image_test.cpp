#include "audiomuse/features/map/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "audiomuse/base/error.h"
#include "map_testing.h"

namespace audiomuse::features {
namespace {

MusicMap small_map() {
    MusicMap map = draw_map(*index_of(20), {}, {.epochs = 5});
    map.changed = 3;
    return map;
}

void expect_damaged(std::span<const std::byte> image) {
    try {
        read_map_image(image);
        FAIL() << "a damaged image of " << image.size() << " bytes was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::damaged);
    }
}

TEST(MapImage, ComesBackWhole) {
    const MusicMap map = small_map();
    const MusicMap back = read_map_image(map_image(map));
    EXPECT_TRUE(same_places(map, back));
    EXPECT_EQ(back.marks, map.marks);
    EXPECT_EQ(back.projection, map.projection);
    EXPECT_EQ(back.unit, map.unit);
    EXPECT_EQ(back.changed, 3);
    EXPECT_EQ(read_map_image(map_image({})).size(), 0U);
}

TEST(MapImage, IsSmall) {
    EXPECT_LE(map_image(small_map()).size(), 40 + 20 * 20U);
}

TEST(MapImage, ThatIsCutOrLongerIsRefused) {
    std::vector<std::byte> image = map_image(small_map());
    for (std::size_t size = 0; size < image.size(); ++size)
        expect_damaged(std::span(image).first(size));
    image.push_back(std::byte{0});
    expect_damaged(image);
}

TEST(MapImage, WithImpossibleContentIsRefused) {
    const MusicMap map = small_map();
    const auto with = [&](std::size_t at, auto value) {
        std::vector<std::byte> image = map_image(map);
        std::memcpy(image.data() + at, &value, sizeof value);
        return image;
    };
    expect_damaged(with(0, 'X'));
    expect_damaged(with(8, std::uint32_t{2}));   // version
    expect_damaged(with(12, std::uint32_t{7}));  // projection
    expect_damaged(with(16, 0.0F));              // unit
    expect_damaged(with(16, std::numeric_limits<float>::quiet_NaN()));
    expect_damaged(with(28, std::uint64_t{1} << 60));  // count
    expect_damaged(with(36, std::int64_t{5000}));      // ids do not rise
    expect_damaged(with(map_image(map).size() - 4, std::numeric_limits<float>::infinity()));
}

}  // namespace
}  // namespace audiomuse::features
