// Shared by the tests of this module: files made on the spot, and what decoding them gives.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "support/temp_folder.h"

namespace audiomuse::decode {

namespace fs = std::filesystem;

struct Decoded {
    DecodeSummary summary;
    std::vector<float> samples;
};

inline Decoded decode(const fs::path& file, const DecodeOptions& options = {}, const CancelToken& cancel = {}) {
    Decoded result;
    result.summary = decode_file(
        file, options,
        [&](std::span<const float> block) { result.samples.insert(result.samples.end(), block.begin(), block.end()); },
        cancel);
    return result;
}

/// The code of the Error that `body` throws; fails the test when it throws none.
template <class Body>
ErrorCode code_of(const Body& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_THAT(std::string(error.what()), testing::Not(testing::IsEmpty()));
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::internal;
}

template <class T>
void append(std::string& bytes, T value) {
    static_assert(std::endian::native == std::endian::little);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// A WAV file; `format` is 1 for integers, 3 for floats. `frames` holds interleaved samples.
template <class T>
std::string wav_bytes(const std::vector<T>& samples, int channels, int rate, std::uint16_t format) {
    const auto data_bytes = static_cast<std::uint32_t>(samples.size() * sizeof(T));
    const auto frame_bytes = static_cast<std::uint16_t>(channels * sizeof(T));
    std::string bytes = "RIFF";
    append<std::uint32_t>(bytes, 36 + data_bytes);
    bytes += "WAVEfmt ";
    append<std::uint32_t>(bytes, 16);
    append<std::uint16_t>(bytes, format);
    append<std::uint16_t>(bytes, static_cast<std::uint16_t>(channels));
    append<std::uint32_t>(bytes, static_cast<std::uint32_t>(rate));
    append<std::uint32_t>(bytes, static_cast<std::uint32_t>(rate) * frame_bytes);
    append<std::uint16_t>(bytes, frame_bytes);
    append<std::uint16_t>(bytes, sizeof(T) * 8);
    bytes += "data";
    append<std::uint32_t>(bytes, data_bytes);
    for (const T sample : samples)
        append(bytes, sample);
    return bytes;
}

class DecodeTest : public testing::Test {
protected:
    fs::path write(const std::string& name, const std::string& bytes) { return folder_.write(name, bytes); }
    /// One second of a stereo tone at `rate`, unlike in the two channels.
    fs::path write_tone(const std::string& name, int rate, double seconds = 1) {
        std::vector<std::int16_t> samples;
        for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
            const double phase = 2 * std::numbers::pi * 440 * i / rate;
            samples.push_back(static_cast<std::int16_t>(std::lround(16000 * std::sin(phase))));
            samples.push_back(static_cast<std::int16_t>(std::lround(8000 * std::cos(phase))));
        }
        return write(name, wav_bytes(samples, 2, rate, 1));
    }

    const testing_support::TempFolder folder_;
};

/// Files of the shared collection; see its README for what each of them is.
class SharedAudio : public DecodeTest {
protected:
    void SetUp() override {
        DecodeTest::SetUp();
        if (!fs::exists(audio_)) GTEST_SKIP() << "no shared audio files at " << audio_;
    }
    std::string bytes_of(const std::string& name) const {
        std::ifstream in(audio_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    const fs::path audio_ = fs::path(AUDIOMUSE_SHARED_DIR) / "audio";
};

}  // namespace audiomuse::decode
