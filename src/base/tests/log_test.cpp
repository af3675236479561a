#include "audiomuse/base/log.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace audiomuse::log {
namespace {

TEST(Log, KeepsTheLastLinesWithTheirLevels) {
    const auto before = lines_written();
    for (std::size_t i = 0; i < kKeptLines + 5; ++i)
        info("line {}", i);
    warn("the last");
    const std::vector<Line> lines = recent_lines();
    ASSERT_EQ(lines.size(), kKeptLines);
    EXPECT_EQ(lines.front().text, "line 6");
    EXPECT_EQ(lines.back().text, "the last");
    EXPECT_EQ(lines.back().level, Level::warn);
    EXPECT_GE(lines.back().time, lines.front().time);
    EXPECT_GT(lines.front().time, 1.7e9) << "Unix seconds";
    const auto after = lines_written();
    EXPECT_EQ(after[1] - before[1], kKeptLines + 5);
    EXPECT_EQ(after[2] - before[2], 1U);
}

TEST(Log, WhatIsBelowTheLevelIsNeitherKeptNorCounted) {
    const auto before = lines_written();
    debug("not wanted");
    EXPECT_EQ(lines_written(), before);
    for (const Line& line : recent_lines())
        EXPECT_NE(line.text, "not wanted");
    set_level(Level::debug);
    debug("wanted");
    set_level(Level::info);
    EXPECT_EQ(recent_lines().back().text, "wanted");
    EXPECT_EQ(level_name(recent_lines().back().level), "debug");
}

TEST(Log, MayBeReadWhileItIsWritten) {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 2; ++i) {
        writers.emplace_back([](const std::stop_token& stop) {
            while (!stop.stop_requested())
                info("a line of a hundred");
        });
    }
    for (int i = 0; i < 50; ++i) {
        for (const Line& line : recent_lines())
            EXPECT_FALSE(line.text.empty());
    }
}

}  // namespace
}  // namespace audiomuse::log
