// Shared by the tests of this module: temporary WAV files, golden values.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/temp_folder.h"

namespace audiomuse::analyse {

inline const std::filesystem::path kShared = AUDIOMUSE_SHARED_DIR;

#define REQUIRE_SHARED(...)                                                                           \
    for (const char* needed : {__VA_ARGS__}) {                                                        \
        if (!std::filesystem::exists(kShared / needed)) GTEST_SKIP() << "needs " << kShared / needed; \
    }

using testing_support::TempFolder;

/// A 16-bit mono WAV file of 16 kHz.
inline std::filesystem::path write_wav(const TempFolder& folder, const std::string& name,
                                       const std::vector<float>& samples) {
    std::ofstream file(folder / name, std::ios::binary);
    const auto put32 = [&](std::uint32_t value) { file.write(reinterpret_cast<const char*>(&value), 4); };
    const auto bytes = static_cast<std::uint32_t>(2 * samples.size());
    file << "RIFF";
    put32(36 + bytes);
    file << "WAVEfmt ";
    for (const std::uint32_t field : {16U, 0x00010001U, 16000U, 32000U, 0x00100002U})
        put32(field);
    file << "data";
    put32(bytes);
    for (const float sample : samples) {
        const auto value = static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767));
        file.write(reinterpret_cast<const char*>(&value), 2);
    }
    return folder / name;
}

/// A decaying tone every half second, changing pitch.
inline std::vector<float> melody(double seconds, double level = 0.5) {
    std::vector<float> samples(static_cast<std::size_t>(seconds * 16000));
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double t = static_cast<double>(i) / 16000;
        const double note = std::floor(t * 2);
        const double pitch = 220 * std::pow(2, std::fmod(note * 7, 12) / 12);
        samples[i] = static_cast<float>(level * std::exp(-6 * (t - note / 2)) * std::sin(6.283185307 * pitch * t));
    }
    return samples;
}

inline boost::json::value golden(const std::string& fixture) {
    std::ifstream file(kShared / "goldens" / (fixture + ".json"));
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

inline std::vector<float> floats(const boost::json::value& list) {
    std::vector<float> values;
    for (const auto& item : list.as_array())
        values.push_back(item.to_number<float>());
    return values;
}

inline double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += double(a[i]) * double(b[i]);
        aa += double(a[i]) * double(a[i]);
        bb += double(b[i]) * double(b[i]);
    }
    return ab / std::sqrt(aa * bb);
}

}  // namespace audiomuse::analyse
