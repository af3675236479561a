// cmake/EmbedFiles.cmake with a whole folder.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "embedded_sample.h"

namespace audiomuse::embedded::sample {
namespace {

std::string text_of(std::string_view path) {
    const File* file = find(path);
    if (!file) return "(missing)";
    std::string text;
    for (const std::byte byte : file->bytes)
        text += static_cast<char>(byte);
    return text;
}

TEST(EmbeddedFolder, HasEveryFileByteForByteSortedByPath) {
    std::vector<std::string_view> paths;
    for (const File& file : files())
        paths.push_back(file.path);
    EXPECT_THAT(paths, testing::ElementsAre("a.txt", "empty", "sub/with blank.txt"));
    EXPECT_EQ(text_of("a.txt"), "first\n");
    EXPECT_EQ(text_of("empty"), "");
    EXPECT_EQ(text_of("sub/with blank.txt"), "second \"file\"\n");
    EXPECT_EQ(find("b.txt"), nullptr);
}

}  // namespace
}  // namespace audiomuse::embedded::sample
