// What every media server is held to, whatever it speaks. Each kind's test file instantiates this over its fakes:
//
//   INSTANTIATE_TEST_SUITE_P(Navidrome, MediaServerContract,
//                            ::testing::Values(FakeMaker{"0.60", [] { return std::make_unique<FakeSubsonic>(...); }}));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "audiomuse/library/media_server.h"
#include "server/fake_media_server.h"

namespace audiomuse::library::testing {

struct FakeMaker {
    std::string name;
    std::function<std::unique_ptr<FakeMediaServer>()> make;
    friend void PrintTo(const FakeMaker& maker, std::ostream* out) { *out << maker.name; }
};

class MediaServerContract : public ::testing::TestWithParam<FakeMaker> {
protected:
    MediaServerContract() : fake_(GetParam().make()), server_(create_media_server(fake_->account())) {}
    void TearDown() override;

    std::vector<ServerTrack> list(MediaServer& server) const;
    std::vector<std::string> ids(std::initializer_list<std::int64_t> numbers) const;
    std::vector<std::string> ids(std::int64_t first, std::int64_t count) const;
    void expect_no_secret(const std::string& text) const;

    std::unique_ptr<FakeMediaServer> fake_;
    std::unique_ptr<MediaServer> server_;
    const CancelToken cancel_;
};

}  // namespace audiomuse::library::testing
