// The program on other CPUs, emulated: it runs there, and hears what it hears here.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

#include "audiomuse/base/random.h"
#include "support/process.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing_support::Finished;

struct OtherCpu {
    std::string name;
    std::vector<std::string> emulator;
    std::string program;  ///< empty: there is none to run
};

// GoogleTest would list the bytes.
void PrintTo(const OtherCpu& cpu, std::ostream* out) {
    *out << cpu.name;
}

std::vector<OtherCpu> other_cpus() {
    // An x86 of 2008 runs this build's own program.
    std::vector<OtherCpu> cpus;
#if defined(__x86_64__)
    cpus.push_back(
        {"Nehalem", {"/usr/bin/qemu-x86_64", "-cpu", "Nehalem"}, testing_support::audiomuse_program().string()});
#endif
    const char* arm_program = std::getenv("AUDIOMUSE_ARM_PROGRAM");
    cpus.push_back({"Arm", {"/usr/bin/qemu-aarch64"}, arm_program != nullptr ? arm_program : ""});
    return cpus;
}

void put(std::ofstream& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out.put(static_cast<char>(value >> (8 * i)));
}

/// Eight seconds of chords with a pulse and some hiss, 16 bits at 22.05 kHz: it has to be resampled.
void write_wav(const fs::path& file) {
    constexpr std::uint32_t kRate = 22050;
    constexpr std::uint32_t kSamples = 8 * kRate;
    std::ofstream out(file, std::ios::binary);
    out << "RIFF";
    put(out, 36 + 2 * kSamples, 4);
    out << "WAVEfmt ";
    put(out, 16, 4);
    put(out, 1, 2);
    put(out, 1, 2);
    put(out, kRate, 4);
    put(out, 2 * kRate, 4);
    put(out, 2, 2);
    put(out, 16, 2);
    out << "data";
    put(out, 2 * kSamples, 4);
    Random random(1);
    for (std::uint32_t i = 0; i < kSamples; ++i) {
        const double time = static_cast<double>(i) / kRate;
        const double root = std::fmod(time, 4) < 2 ? 220 : 146.83;
        double value = 0.01 * random.normal();
        for (const double ratio : {1.0, 1.25, 1.5, 2.0})
            value += 0.12 * std::sin(2 * std::numbers::pi * root * ratio * time);
        value *= 0.3 + 0.7 * std::exp(-6 * std::fmod(time, 0.5));
        put(out, static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lrint(32767 * value))), 2);
    }
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

class OtherCpus : public testing::TestWithParam<std::tuple<OtherCpu, std::string>> {};

TEST_P(OtherCpus, HearTheSame) {
    const auto& [cpu, model] = GetParam();
    if (cpu.program.empty()) GTEST_SKIP() << "scripts/cross_aarch64 makes the program for this CPU and runs this test";
    if (!fs::exists(cpu.emulator.front())) {
        GTEST_SKIP() << "qemu-user is not installed: there is no " << cpu.emulator.front();
    }
    const testing_support::TempFolder folder;
    const fs::path file = folder.path() / "chords.wav";
    write_wav(file);
    const auto analyse = [&](std::vector<std::string> command, const std::string& program) {
        for (const std::string& word : {program, std::string("analyze"), std::string("--json"), std::string("--model"),
                                        model, std::string("--data"), (folder.path() / "data").string(), file.string()})
            command.push_back(word);
        const Finished finished = testing_support::run(command);
        EXPECT_EQ(finished.status, 0) << finished.errors;
        return finished.status == 0 ? json::parse(finished.output).as_object() : json::object();
    };
    const json::object here = analyse({}, testing_support::audiomuse_program().string());
    const json::object there = analyse(cpu.emulator, cpu.program);
    ASSERT_FALSE(here.empty() || there.empty());
    for (const char* field : {"embedding", "chroma", "moods"}) {
        const auto numbers = [field](const json::object& analysis) {
            std::vector<double> values;
            if (const json::value& value = analysis.at(field); value.is_array()) {
                for (const json::value& one : value.as_array())
                    values.push_back(one.to_number<double>());
            } else {
                for (const auto& [name, one] : value.as_object())
                    values.push_back(one.to_number<double>());
            }
            return values;
        };
        const std::vector<double> a = numbers(here);
        const std::vector<double> b = numbers(there);
        ASSERT_EQ(a.size(), b.size()) << field;
        if (a.empty()) continue;  // the descriptor model has no tags
        std::cout << cpu.name << ", " << model << ": cosine of " << a.size() << " numbers of " << field << " "
                  << cosine(a, b) << "\n";
        EXPECT_GE(cosine(a, b), 0.9999) << field;
    }
    EXPECT_NEAR(there.at("tempo_bpm").to_number<double>(), here.at("tempo_bpm").to_number<double>(), 0.01);
    EXPECT_NEAR(there.at("energy").to_number<double>(), here.at("energy").to_number<double>(), 1e-6);
    EXPECT_EQ(there.at("key"), here.at("key"));
}

INSTANTIATE_TEST_SUITE_P(Models, OtherCpus,
                         testing::Combine(testing::ValuesIn(other_cpus()),
                                          testing::Values(std::string("descriptors"), std::string("mini"))),
                         [](const auto& info) { return std::get<0>(info.param).name + "_" + std::get<1>(info.param); });

}  // namespace
}  // namespace audiomuse
